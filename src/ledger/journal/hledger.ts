/** A journal in the language of hledger that passes its strict checks: accounts, commodity, payees and tags are declared. */

import { formatUsdExact } from "../../domain/units.ts";
import { createAccountNames } from "./account-names.ts";
import type { JournalEntry } from "./entry.ts";
import type { JournalWriter } from "./journal-writer.ts";

/** Returns a writer of one journal as hledger reads it (https://hledger.org/hledger.html). */
export function createHledgerWriter(): JournalWriter {
  const names = createAccountNames(spellPart);
  const tags = new Set(["clause"]);
  const payees = new Set<string>();
  return {
    head: (note) => `; ${note}\ndecimal-mark .\ncommodity USD 1.000000000000\n\n`,
    entry(entry) {
      for (const [name] of entry.metadata) tags.add(name);
      payees.add(plainText(entry.payee));
      return entryText(entry, names.nameOf);
    },
    remark: ({ date, text }) => `; ${date} ${text}\n`,
    tail: () =>
      [
        ...names.known().map((name) => `account ${name}\n`),
        ...[...payees].sort().map((payee) => `payee ${payee}\n`),
        ...[...tags].sort().map((tag) => `tag ${tag}\n`),
      ].join(""),
  };
}

function entryText(
  { date, payee, narration, metadata, postings }: JournalEntry,
  nameOf: (account: string) => string,
): string {
  const lines = [
    `${date} * ${plainText(payee)} | ${plainText(narration)}`,
    ...metadata.map(([name, value]) => `    ; ${name}:${tagValue(value)}`),
    ...postings.map(({ account, amount, clause }) => {
      const posting = `    ${nameOf(account)}  USD ${formatUsdExact(amount)}`;
      return clause === "none" ? posting : `${posting}  ; clause:${tagValue(clause)}`;
    }),
  ];
  return `${lines.join("\n")}\n\n`;
}

function spellPart(part: string): string {
  return part.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-") || "-";
}

/** A semicolon would begin a comment, a bar separates payee and note. */
function plainText(text: string): string {
  return text.replaceAll(/[;|]/g, ",");
}

/** A comma ends the value of a tag. */
function tagValue(text: string): string {
  return text.replaceAll(",", " ");
}
