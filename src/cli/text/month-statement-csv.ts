/** The statement of a month as one table, a line of it in a row: for spreadsheets. */

import { formatUsdExact } from "../../domain/units.ts";
import type { MonthStatement } from "../../ledger/statement/month-statement.ts";
import { csvLine } from "./csv.ts";
import type { StatementCircumstances } from "./month-statement.ts";

interface Row {
  readonly section: string;
  readonly item: string;
  readonly payer?: string;
  readonly payee?: string;
  readonly ratePpm?: number;
  readonly calls?: number;
  readonly base?: bigint;
  readonly amount?: bigint;
  readonly sha256?: string;
}

/** With a header; amounts in dollars with all twelve decimals. */
export function monthStatementCsv(
  statement: MonthStatement,
  { manifestSha256 }: Pick<StatementCircumstances, "manifestSha256">,
): string {
  const { period, status } = statement;
  const header = "period,status,section,item,payer,payee,rate_ppm,calls,base_usd,amount_usd,sha256\n";
  const rows = [...headRows(statement, manifestSha256), ...SECTIONS.flatMap((rowsOf) => rowsOf(statement))];
  const lines = rows.map(({ section, item, payer, payee, ratePpm, calls, base, amount, sha256 }) =>
    csvLine([
      period,
      status,
      section,
      item,
      payer ?? null,
      payee ?? null,
      ratePpm ?? null,
      calls ?? null,
      usd(base),
      usd(amount),
      sha256 ?? null,
    ]),
  );
  return header + lines.join("");
}

const SECTIONS: readonly ((statement: MonthStatement) => readonly Row[])[] = [
  grossRows,
  priceRows,
  shareRows,
  capRows,
  hostingRows,
  correctionRows,
  trueUpRows,
  settlementRows,
  balanceRows,
  countRows,
  proofRows,
];

/** What the figures are of: the agreements with the digests they were decided under, and the hash of the close. */
function headRows({ note, agreements }: MonthStatement, manifestSha256: string | null): readonly Row[] {
  return [
    { section: "note", item: note },
    ...agreements.map(({ agreement, digest, calls }) => ({
      section: "agreement",
      item: agreement,
      calls,
      sha256: digest,
    })),
    ...(manifestSha256 === null ? [] : [{ section: "manifest", item: "manifest", sha256: manifestSha256 }]),
  ];
}

function grossRows({ channels, total }: MonthStatement): readonly Row[] {
  return [
    ...channels.map(({ partner, seller, calls, grossPicoUsd }) => ({
      section: "gross",
      item: partner,
      payee: seller,
      calls,
      amount: grossPicoUsd,
    })),
    { section: "gross-total", item: "all channels", calls: total.calls, amount: total.grossPicoUsd },
    ...total.parts.map(({ party, amountPicoUsd }) => ({
      section: "part",
      item: party,
      payee: party,
      amount: amountPicoUsd,
    })),
  ];
}

function priceRows({ prices }: MonthStatement): readonly Row[] {
  return prices.map(({ priceVersion, charges, grossPicoUsd }) => ({
    section: "price",
    item: priceVersion,
    calls: charges,
    amount: grossPicoUsd,
  }));
}

function shareRows({ clauses }: MonthStatement): readonly Row[] {
  return clauses.flatMap(({ clause, payer, payee, rates, basePicoUsd, amountPicoUsd, withheldPicoUsd }) => [
    { section: "share", item: clause, payer, payee, base: basePicoUsd, amount: amountPicoUsd },
    ...rates.map((rate) => ({
      section: "share-rate",
      item: clause,
      payer,
      payee,
      ratePpm: rate.ratePpm,
      base: rate.basePicoUsd,
    })),
    ...(withheldPicoUsd === 0n
      ? []
      : [{ section: "share-above-cap", item: clause, payer, payee, amount: withheldPicoUsd }]),
  ]);
}

function capRows({ caps }: MonthStatement): readonly Row[] {
  return caps.flatMap(({ clause, scope, limitPicoUsd, beforePicoUsd, afterPicoUsd }) => [
    { section: `cap-${scope}-limit`, item: clause, amount: limitPicoUsd },
    { section: `cap-${scope}-before`, item: clause, amount: beforePicoUsd },
    { section: `cap-${scope}-after`, item: clause, amount: afterPicoUsd },
  ]);
}

function hostingRows({ hosting }: MonthStatement): readonly Row[] {
  return hosting.map(({ provider, payer, payee, feePpm, basePicoUsd, feePicoUsd }) => ({
    section: "hosting",
    item: provider,
    payer,
    payee,
    ratePpm: feePpm,
    base: basePicoUsd,
    amount: feePicoUsd,
  }));
}

function correctionRows({ corrections }: MonthStatement): readonly Row[] {
  return corrections.map(({ originalPeriod, calls, completions, grossPicoUsd }) => ({
    section: "correction",
    item: originalPeriod,
    calls: calls + completions,
    amount: grossPicoUsd,
  }));
}

function trueUpRows({ trueUps }: MonthStatement): readonly Row[] {
  return trueUps.map(({ account, amountPicoUsd }) => ({
    section: "true-up",
    item: account,
    amount: amountPicoUsd,
  }));
}

function settlementRows({ settlements }: MonthStatement): readonly Row[] {
  return settlements.flatMap(({ flow, payer, payee, ...row }) =>
    (
      [
        ["opening", row.openingPicoUsd],
        ["owed", row.owedPicoUsd],
        ["netted", row.nettedPicoUsd],
        ["settled", row.settledPicoUsd],
        ["closing", row.closingPicoUsd],
      ] as const
    ).map(([item, amount]) => ({ section: `settlement-${flow}`, item, payer, payee, amount })),
  );
}

function balanceRows({ openingPicoUsd, closingPicoUsd }: MonthStatement): readonly Row[] {
  return [
    { section: "balance", item: "opening", amount: openingPicoUsd },
    { section: "balance", item: "closing", amount: closingPicoUsd },
  ];
}

function countRows({ total, unpricedReasons }: MonthStatement): readonly Row[] {
  return [
    { section: "count", item: "unpriced", calls: total.unpriced },
    { section: "count", item: "estimated", calls: total.estimated },
    { section: "count", item: "assumed price", calls: total.assumed },
    ...unpricedReasons.map(({ reason, calls }) => ({ section: "unpriced-reason", item: reason, calls })),
  ];
}

function proofRows({ proof }: MonthStatement): readonly Row[] {
  return [{ section: "proof", item: proof.holds ? "holds" : "FAILED", amount: proof.balancePicoUsd }];
}

function usd(amount: bigint | undefined): string | null {
  return amount === undefined ? null : formatUsdExact(amount);
}
