/** A journal in the language of beancount. Amounts carry twelve decimals, so that nothing but exact balance passes its check. */

import { formatUsdExact } from "../../domain/units.ts";
import { createAccountNames } from "./account-names.ts";
import type { JournalEntry } from "./entry.ts";
import type { JournalWriter } from "./journal-writer.ts";

/** Returns a writer of one journal as beancount reads it (https://beancount.github.io/docs/beancount_language_syntax.html). */
export function createBeancountWriter(): JournalWriter {
  const names = createAccountNames(spellPart);
  return {
    head: (note) =>
      [
        `; ${note}`,
        `option "title" "Clauseway ledger (simulated)"`,
        `option "operating_currency" "USD"`,
        `option "inferred_tolerance_default" "USD:0.0000000000005"`,
        "",
        "1970-01-01 commodity USD",
        "",
      ].join("\n"),
    entry: (entry) => entryText(entry, names.nameOf),
    remark: ({ date, text }) => `; ${date} ${text}\n`,
    // The order of directives carries no meaning, so accounts can be opened when all are known.
    tail: () =>
      names
        .known()
        .map((name) => `1970-01-01 open ${name} USD\n`)
        .join(""),
  };
}

function entryText(
  { date, payee, narration, metadata, postings }: JournalEntry,
  nameOf: (account: string) => string,
): string {
  const lines = [
    `${date} * ${quoted(payee)} ${quoted(narration)}`,
    ...metadata.map(([name, value]) => `  ${name}: ${quoted(value)}`),
    ...postings.flatMap(({ account, amount, clause }) => [
      `  ${nameOf(account)}  ${formatUsdExact(amount)} USD`,
      ...(clause === "none" ? [] : [`    clause: ${quoted(clause)}`]),
    ]),
  ];
  return `${lines.join("\n")}\n\n`;
}

/** A part begins with a capital or a digit and has letters, digits and dashes. */
function spellPart(part: string): string {
  const plain = part.replaceAll(/[^A-Za-z0-9-]/g, "-");
  return /^[A-Za-z0-9]/.test(plain) ? plain.charAt(0).toUpperCase() + plain.slice(1) : `X${plain}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
