/** The statement of a month as one table, a line of it in a row: for spreadsheets. */

import { formatUsdExact } from "../../domain/units.ts";
import type { MonthStatement } from "../../ledger/statement/month-statement.ts";
import { csvLine } from "./csv.ts";

interface Row {
  readonly section: string;
  readonly item: string;
  readonly payer?: string;
  readonly payee?: string;
  readonly ratePpm?: number;
  readonly calls?: number;
  readonly base?: bigint;
  readonly amount?: bigint;
}

/** With a header; amounts in dollars with all twelve decimals. */
export function monthStatementCsv(statement: MonthStatement): string {
  const { period, status } = statement;
  const header = "period,status,section,item,payer,payee,rate_ppm,calls,base_usd,amount_usd\n";
  const lines = rowsOf(statement).map(({ section, item, payer, payee, ratePpm, calls, base, amount }) =>
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
    ]),
  );
  return header + lines.join("");
}

function rowsOf(statement: MonthStatement): readonly Row[] {
  const { channels, prices, clauses, caps, hosting, corrections, trueUps, settlements, total, proof } =
    statement;
  return [
    ...channels.map(({ partner, seller, calls, grossPicoUsd }) => ({
      section: "gross",
      item: partner,
      payee: seller,
      calls,
      amount: grossPicoUsd,
    })),
    ...prices.map(({ priceVersion, charges, grossPicoUsd }) => ({
      section: "price",
      item: priceVersion,
      calls: charges,
      amount: grossPicoUsd,
    })),
    ...total.parts.map(({ party, amountPicoUsd }) => ({
      section: "part",
      item: party,
      payee: party,
      amount: amountPicoUsd,
    })),
    ...clauses.flatMap(({ clause, payer, payee, rates, basePicoUsd, amountPicoUsd, withheldPicoUsd }) => [
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
    ]),
    ...caps.flatMap(({ clause, scope, limitPicoUsd, beforePicoUsd, afterPicoUsd }) => [
      { section: `cap-${scope}-limit`, item: clause, amount: limitPicoUsd },
      { section: `cap-${scope}-before`, item: clause, amount: beforePicoUsd },
      { section: `cap-${scope}-after`, item: clause, amount: afterPicoUsd },
    ]),
    ...hosting.map(({ provider, payer, payee, feePpm, basePicoUsd, feePicoUsd }) => ({
      section: "hosting",
      item: provider,
      payer,
      payee,
      ratePpm: feePpm,
      base: basePicoUsd,
      amount: feePicoUsd,
    })),
    ...corrections.map(({ originalPeriod, calls, completions, grossPicoUsd }) => ({
      section: "correction",
      item: originalPeriod,
      calls: calls + completions,
      amount: grossPicoUsd,
    })),
    ...trueUps.map(({ account, amountPicoUsd }) => ({
      section: "true-up",
      item: account,
      amount: amountPicoUsd,
    })),
    ...settlements.flatMap(({ flow, payer, payee, ...row }) =>
      (
        [
          ["opening", row.openingPicoUsd],
          ["owed", row.owedPicoUsd],
          ["netted", row.nettedPicoUsd],
          ["settled", row.settledPicoUsd],
          ["closing", row.closingPicoUsd],
        ] as const
      ).map(([item, amount]) => ({ section: `settlement-${flow}`, item, payer, payee, amount })),
    ),
    { section: "count", item: "unpriced", calls: total.unpriced },
    { section: "count", item: "estimated", calls: total.estimated },
    { section: "count", item: "assumed price", calls: total.assumed },
    { section: "proof", item: proof.holds ? "holds" : "FAILED", amount: proof.balancePicoUsd },
  ];
}

function usd(amount: bigint | undefined): string | null {
  return amount === undefined ? null : formatUsdExact(amount);
}
