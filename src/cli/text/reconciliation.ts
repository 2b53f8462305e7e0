/** What a reconciliation found: for people, and as JSON. */

import { BREAKS, type Break, type BreakStatus } from "../../ledger/reconcile/compare-call.ts";
import type { Tokens } from "../../ledger/reconcile/meter-row.ts";
import type { Reconciliation, Violation } from "../../ledger/reconcile/reconcile.ts";
import { columns, counted, grouped } from "./columns.ts";
import { usdText } from "./statement-money.ts";

/** Breaks and violations beyond these are counted, and all are in the JSON. */
const MOST_SHOWN = 20;

const MEANINGS: Readonly<Record<BreakStatus, string>> = {
  missing_in_ledger: "counted by a meter, not in the ledger",
  missing_at_provider: "in the ledger, counted by no meter",
  quantity: "other tokens",
  price: "same tokens, another price",
  duplicate: "counted once more",
  provider: "counted by another cloud",
};

/** Lines, ending in a newline. */
export function formatReconciliation(result: Reconciliation, period: string | null): string {
  const scope = period === null ? "all months" : `calls booked in ${period}`;
  return [
    `Reconciliation of the ledger with the clouds' own meters, ${scope} (simulated)`,
    `${counted(result.calls, "call")} in the ledger, ${grouped(result.matched)} matched`,
    "",
    ...totalsLines(result),
    ...noMonthLines(result),
    ...breakLines(result),
    ...notVerifiedLines(result),
    ...violationLines(result),
    "",
  ].join("\n");
}

/** Indented, ending in a newline; amounts in picodollars as decimal text. */
export function reconciliationJson(result: Reconciliation, period: string | null): string {
  const byStatus = Object.fromEntries(result.byStatus);
  const document = { unit: "picodollar (1 USD = 10^12)", period, ...result, byStatus };
  const text = JSON.stringify(
    document,
    (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value),
    2,
  );
  return `${text}\n`;
}

function totalsLines(result: Reconciliation): readonly string[] {
  const { byStatus, ledgerPicoUsd, meterPicoUsd, breaksPicoUsd, notComparablePicoUsd } = result;
  const rows = BREAKS.flatMap((status) => {
    const sums = byStatus.get(status);
    if (sums === undefined) return [];
    const unpriced = sums.withoutPrice === 0 ? "" : `, ${grouped(sums.withoutPrice)} without a price`;
    return [
      [`  ${status}`, grouped(sums.count), usdText(sums.amountPicoUsd), `${MEANINGS[status]}${unpriced}`],
    ];
  });
  const table = columns(
    [
      ["", rows.length === 0 ? "" : "count", "USD", ""],
      ["ledger", "", usdText(ledgerPicoUsd), ""],
      ...rows,
      ["meters", "", usdText(meterPicoUsd), ""],
    ],
    [1, 2],
  );
  const exact = meterPicoUsd - ledgerPicoUsd === breaksPicoUsd;
  return [
    ...table.split("\n").map((line) => line.trimEnd()),
    exact
      ? `the breaks are the whole difference, ${usdText(breaksPicoUsd)} USD`
      : `THE BREAKS DO NOT EXPLAIN THE DIFFERENCE: ${usdText(breaksPicoUsd)} USD`,
    ...(notComparablePicoUsd === 0n
      ? []
      : [
          `left out: ${usdText(notComparablePicoUsd)} USD charged for use that the price book cannot price as metered`,
        ]),
  ];
}

function noMonthLines({ ofNoMonth }: Reconciliation): readonly string[] {
  return ofNoMonth === 0
    ? []
    : [
        `left out: ${counted(ofNoMonth, "row")} of the meters that no call of any month names, see a reconciliation of all months`,
      ];
}

function breakLines({ breaks }: Reconciliation): readonly string[] {
  if (breaks.length === 0) return [];
  const rows = breaks
    .slice(0, MOST_SHOWN)
    .map((each) => [
      each.status,
      each.requestId ?? "no id",
      `${each.ledgerProvider ?? "-"} / ${each.meterProvider ?? "-"}`,
      `${tokensText(each.ledgerTokens)} / ${tokensText(each.meterTokens)}`,
      `${amountText(each)}${each.note === null ? "" : ` (${each.note})`}`,
    ]);
  const heading = ["break", "request", "ledger / meter", "tokens in+out", "USD"];
  return ["", columns([heading, ...rows]), ...moreLine(breaks.length)];
}

function tokensText(tokens: Tokens | null): string {
  if (tokens === null) return "-";
  const { inputTokens, outputTokens, trainedTokens } = tokens;
  const base = `${inputTokens ?? "?"}+${outputTokens ?? "?"}`;
  return trainedTokens === null ? base : `${base}, ${trainedTokens} trained`;
}

function amountText({ amountPicoUsd }: Break): string {
  return amountPicoUsd === null ? "no price" : usdText(amountPicoUsd);
}

function notVerifiedLines({ notVerifiable }: Reconciliation): readonly string[] {
  if (notVerifiable.length === 0) return [];
  return [
    "",
    ...notVerifiable.map(
      ({ reason, calls }) => `not verified where they may run: ${counted(calls, "call")}, ${reason}`,
    ),
  ];
}

function violationLines({ violations, calls, notVerifiable }: Reconciliation): readonly string[] {
  const unverified = notVerifiable.reduce((sum, each) => sum + each.calls, 0);
  if (violations.length === 0) return ["", `exclusivity: ${verifiedText(calls - unverified, unverified)}`];
  return [
    "",
    `EXCLUSIVITY VIOLATED: ${counted(violations.length, "time")}, a call was at a provider that its decision does not allow`,
    ...violations.slice(0, MOST_SHOWN).map(violationText),
    ...moreLine(violations.length),
  ];
}

function verifiedText(verified: number, unverified: number): string {
  if (verified === 0) {
    return unverified === 0
      ? "no calls to decide anew"
      : `NOTHING COULD BE VERIFIED, no call could be decided anew (${grouped(unverified)} of ${grouped(unverified)})`;
  }
  const rest = unverified === 0 ? "" : `; ${counted(unverified, "call")} could not be`;
  return `${counted(verified, "call")} decided anew, each served where its decision allows${rest}`;
}

function violationText({ requestId, provider, by, allowed }: Violation): string {
  const may = allowed.length === 0 ? "nowhere" : `only on ${allowed.join(" or ")}`;
  return `  ${requestId}: at ${provider} by the ${by === "ledger" ? "ledger" : `meter of ${provider}`}, may run ${may}`;
}

function moreLine(count: number): readonly string[] {
  return count > MOST_SHOWN ? [`  and ${grouped(count - MOST_SHOWN)} more, see --json`] : [];
}
