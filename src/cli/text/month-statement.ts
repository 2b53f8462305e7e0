/** The statement of a month for people: one column of amounts, exact to the last picodollar, in a hundred columns. */

import type { ClauseMonthLine, MonthStatement } from "../../ledger/statement/month-statement.ts";
import type { Period } from "../../ledger/period.ts";
import type { Settlement } from "../../ledger/closing/settlements.ts";
import { counted, grouped } from "./columns.ts";
import { rateText, usdText } from "./statement-money.ts";

const WIDTH = 100;

export interface StatementCircumstances {
  /** As it is kept; null while the month is open. */
  readonly manifestSha256: string | null;
  /** Whether the sums still make what the close kept; true while the month is open. */
  readonly asClosed: boolean;
  /** Of a month that was not closed itself: the later one that was, so that this one takes no more calls. */
  readonly overSince: Period | null;
  /** Calls of any month that were opened long ago and never settled. */
  readonly orphans: number;
}

/** Lines, ending in a newline. */
export function formatMonthStatement(
  statement: MonthStatement,
  circumstances: StatementCircumstances,
): string {
  const sections = [
    head(statement, circumstances),
    counts(statement, circumstances.orphans),
    channels(statement),
    clauses(statement),
    hosting(statement),
    corrections(statement),
    trueUps(statement),
    ...statement.settlements.map(settlement),
    balances(statement),
    proof(statement),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function head(
  { period, status, note }: MonthStatement,
  { manifestSha256, asClosed, overSince }: StatementCircumstances,
): readonly string[] {
  const open = overSince === null ? "the month is open" : "the month is over";
  return [
    status === "closed" ? `Statement of ${period}` : `Statement of ${period}: PREVIEW, ${open}`,
    note,
    ...(overSince === null
      ? []
      : [
          `${overSince} is closed, so ${period} takes no more calls: what comes late is a correction later on`,
        ]),
    ...(manifestSha256 === null
      ? []
      : [
          asClosed
            ? `closed, manifest ${manifestSha256}`
            : `NOT AS IT WAS CLOSED, manifest ${manifestSha256}`,
        ]),
  ];
}

function counts(statement: MonthStatement, orphans: number): readonly string[] {
  const { agreements, prices, total, unpricedReasons } = statement;
  const assumed = `${grouped(total.assumed)} at an assumed price`;
  return [
    ...agreements.flatMap(({ agreement, digest, calls }) => [
      `agreement ${agreement}: ${counted(calls, "call")}`,
      `  policy digest ${digest}`,
    ]),
    ...prices.map(({ priceVersion, charges }) => `price ${priceVersion}: ${counted(charges, "charge")}`),
    `${counted(total.calls, "call")}, ${counted(total.completions, "completion")} of jobs: ` +
      `${grouped(total.unpriced)} unpriced, ${grouped(total.estimated)} estimated, ${assumed}`,
    ...unpricedReasons.map(({ reason, calls }) => `  suspense: ${reason} (${counted(calls, "call")})`),
    ...(orphans === 0
      ? []
      : [
          `${counted(orphans, "orphan")} in the ledger: opened and never settled, see clauseway ledger orphans`,
        ]),
  ];
}

function channels({ channels: rows, total }: MonthStatement): readonly string[] {
  return [
    title("Gross by channel"),
    ...rows.flatMap((channel) => [
      amount(`  ${channel.partner}, sold by ${channel.seller}`, channel.grossPicoUsd),
      `    ${counted(channel.calls, "call")}; tokens: ${grouped(channel.inputTokens)} in, ` +
        `${grouped(channel.outputTokens)} out, ${grouped(channel.trainedTokens)} trained`,
    ]),
    amount("  all channels", total.grossPicoUsd),
    ...total.parts.map(({ party, amountPicoUsd }) => amount(`    of which ${party}`, amountPicoUsd)),
  ];
}

function clauses({ clauses: rows, caps }: MonthStatement): readonly string[] {
  if (rows.length === 0) return [];
  return [
    title("Revenue shares (as reported)"),
    ...rows.flatMap((row) => [
      amount(`  ${row.clause}: ${row.payer} to ${row.payee}`, row.amountPicoUsd),
      ...row.rates.map(({ ratePpm, basePicoUsd }) => `    ${rateText(ratePpm)} of ${usdText(basePicoUsd)}`),
      ...withheld(row),
    ]),
    ...caps.flatMap(({ clause, scope, limitPicoUsd, beforePicoUsd, afterPicoUsd }) => [
      `  cap of ${clause}, ${scope === "lifetime" ? "for its lifetime" : "for the month"}: ${usdText(limitPicoUsd)}`,
      `    given before ${usdText(beforePicoUsd)}, after ${usdText(afterPicoUsd)}`,
    ]),
  ];
}

function withheld({ withheldPicoUsd }: ClauseMonthLine): readonly string[] {
  return withheldPicoUsd === 0n ? [] : [`    less ${usdText(withheldPicoUsd)} above the cap`];
}

function hosting({ hosting: rows }: MonthStatement): readonly string[] {
  if (rows.length === 0) return [];
  return [
    title("Hosting (rates assumed)"),
    ...rows.flatMap(({ provider, payer, payee, feePpm, basePicoUsd, feePicoUsd }) => [
      amount(`  ${provider}: ${payer} to ${payee}`, feePicoUsd),
      `    ${rateText(feePpm)} of the list price, ${usdText(basePicoUsd)}`,
    ]),
  ];
}

function corrections({ corrections: rows }: MonthStatement): readonly string[] {
  if (rows.length === 0) return [];
  return [
    title("Corrections (in the above)"),
    ...rows.map(({ originalPeriod, calls, completions, grossPicoUsd }) =>
      amount(`  of ${originalPeriod}, which was over: ${counted(calls + completions, "call")}`, grossPicoUsd),
    ),
  ];
}

function trueUps({ trueUps: rows }: MonthStatement): readonly string[] {
  if (rows.length === 0) return [];
  return [
    title("True-up (in the above): the formula on totals, less the sum of rounded parts"),
    ...rows.map(({ account, amountPicoUsd }) => amount(`  ${account}`, amountPicoUsd)),
  ];
}

function settlement(row: Settlement): readonly string[] {
  const { flow, payer, payee } = row;
  return [
    title(`${flow === "share" ? "Shares" : "Hosting"}: ${payer} owes ${payee}`),
    amount("  opening balance, carried from the last close", row.openingPicoUsd),
    amount("  owed for the month", row.owedPicoUsd),
    ...(row.nettedPicoUsd === 0n
      ? []
      : [amount(`  set off against what ${payee} owes ${payer}`, -row.nettedPicoUsd)]),
    amount("  to be paid, in whole cents", -row.settledPicoUsd),
    amount("  closing balance, carried to the next month", row.closingPicoUsd),
  ];
}

function balances({ openingPicoUsd, closingPicoUsd }: MonthStatement): readonly string[] {
  return [
    amount("Opening balance, all pairs", openingPicoUsd),
    amount("Closing balance, all pairs", closingPicoUsd),
  ];
}

function proof({
  proof: { holds, partsPicoUsd, grossPicoUsd, balancePicoUsd },
}: MonthStatement): readonly string[] {
  return [
    holds
      ? "proof: by the running sums the parties' parts are gross to the picodollar, and all postings zero"
      : "PROOF FAILED: the running sums do not add up",
    amount("  parts", partsPicoUsd),
    amount("  gross", grossPicoUsd),
    amount("  all postings", balancePicoUsd),
    "each call and posting: clauseway ledger replay --verify",
  ];
}

function title(text: string): string {
  return text.length + "USD".length < WIDTH ? text.padEnd(WIDTH - "USD".length) + "USD" : text;
}

/** The label at the left, the amount at the right edge. */
function amount(label: string, amountPicoUsd: bigint): string {
  const text = usdText(amountPicoUsd);
  return label.length + 2 + text.length > WIDTH
    ? `${label}\n${text.padStart(WIDTH)}`
    : label + text.padStart(WIDTH - label.length);
}
