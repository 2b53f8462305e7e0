/** The ledger's accounts under the five roots that accounting programs know, in words that each program takes. */

export interface AccountNames {
  /** The same name for the same account; different ones for different accounts. */
  nameOf(account: string): string;
  /** All that were asked for, in order of name. */
  known(): readonly string[];
}

type Root = "Assets" | "Liabilities" | "Equity" | "Income" | "Expenses";

/** By what an account is called before its first colon. */
const ROOTS: Readonly<Record<string, Root>> = {
  recv: "Assets",
  share: "Income",
  retained: "Income",
  hosting: "Expenses",
  fee: "Income",
  payable: "Liabilities",
  "payable-hosting": "Liabilities",
  settled: "Liabilities",
  "settled-hosting": "Liabilities",
  rounding: "Liabilities",
  "rounding-hosting": "Liabilities",
  netted: "Equity",
};

/** `spell` makes one part of a name acceptable; two accounts that it spells alike are told apart by a number. */
export function createAccountNames(spell: (part: string) => string): AccountNames {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  return {
    nameOf(account) {
      const known = names.get(account);
      if (known !== undefined) return known;
      const parts = account.split(":");
      const root = ROOTS[parts[0] ?? ""] ?? "Equity";
      const wanted = [root, ...parts].map(spell).join(":");
      let name = wanted;
      for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
      taken.add(name);
      names.set(account, name);
      return name;
    },
    known: () => [...taken].sort(),
  };
}
