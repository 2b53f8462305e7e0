/** The statement over all calls as text for people and as JSON for programs. Amounts are exact: all twelve decimals, as text. */

import { formatUsdExact } from "../../domain/units.ts";
import type { Statement, StatementLine } from "../../ledger/statement.ts";
import { columns, counted, grouped } from "./columns.ts";

/** What no reader of the figures may overlook. */
const CAVEAT = "simulated; shares as reported";

/** The statement as lines of text, ending in a newline. */
export function formatStatementText(statement: Statement): string {
  const { period, agreements, partners, total, clauses, unpricedReasons } = statement;
  const lines = [
    `Statement of revenue (${CAVEAT})`,
    period ? `contract period ${period.from} to ${period.to}` : "no calls settled yet",
    ...agreements.map(
      ({ agreement, digest, calls }) =>
        `agreement ${agreement}, digest ${digest.slice(0, 12)}, ${counted(calls, "call")}`,
    ),
    "",
    columns(
      [
        ["", "calls", "tokens in", "tokens out", "trained", "USD"],
        ...partners.flatMap((partner) => partRows(`${partner.partner} (sold by ${partner.seller})`, partner)),
        ...partRows("all partners", total),
      ],
      [1, 2, 3, 4, 5],
    ),
    "",
    ...clauses.map(
      ({ clause, party, basePicoUsd, amountPicoUsd }) =>
        `clause ${clause} gives ${party} ${usd(amountPicoUsd)} of ${usd(basePicoUsd)}`,
    ),
    `${counted(total.unpriced, "call")} unpriced, ${grouped(total.estimated)} estimated, ${grouped(total.assumed)} at an assumed price`,
    ...unpricedReasons.map(({ reason, calls }) => `  unpriced: ${reason} (${counted(calls, "call")})`),
    proofLine(statement),
  ];
  return `${lines.join("\n")}\n`;
}

/** The statement as indented JSON, ending in a newline; amounts in picodollars and tokens are decimal text. */
export function formatStatementJson(statement: Statement): string {
  const document = { note: CAVEAT, unit: "picodollar (1 USD = 10^12)", ...statement };
  const text = JSON.stringify(
    document,
    (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value),
    2,
  );
  return `${text}\n`;
}

function proofLine({ proof }: Statement): string {
  const sides = `parts ${usd(proof.partsPicoUsd)}, gross ${usd(proof.grossPicoUsd)}, postings sum to ${usd(proof.balancePicoUsd)}`;
  return proof.holds
    ? `proof: by the running sums the parties' parts sum to gross to the picodollar (${sides})\n` +
        "each call and posting: clauseway ledger replay --verify"
    : `PROOF FAILED: the running sums do not add up (${sides})`;
}

function partRows(title: string, line: StatementLine): readonly (readonly string[])[] {
  return [
    [
      title,
      grouped(line.calls),
      grouped(line.inputTokens),
      grouped(line.outputTokens),
      grouped(line.trainedTokens),
      formatUsdExact(line.grossPicoUsd),
    ],
    ...line.parts.map(({ party, amountPicoUsd }) => [
      `  of which ${party}`,
      "",
      "",
      "",
      "",
      formatUsdExact(amountPicoUsd),
    ]),
  ];
}

function usd(amountPicoUsd: bigint): string {
  return `${formatUsdExact(amountPicoUsd)} USD`;
}
