/** `clauseway ledger replay --verify`: makes the ledger anew from its calls and tells what is kept otherwise. */

import { readChargeAgain } from "../app/read-prices.ts";
import { readSettings, UsageError } from "../app/settings.ts";
import type { PeriodBook } from "../ledger/period-book.ts";
import {
  createReplay,
  type DamagedMonth,
  type Difference,
  type PricedAnew,
  type Replay,
} from "../ledger/replay.ts";
import type { Period } from "../ledger/period.ts";
import type { ChargeAgain } from "../pricing/charge-again.ts";
import { DamagedLedgerError } from "../stores/ledger-error.ts";
import type { LedgerReader } from "../stores/store.ts";
import { auditedPagesOf, LEDGER_BROKEN, withLedger, type LedgerFlags } from "./ledger-reading.ts";
import { counted, grouped } from "./text/columns.ts";

export interface LedgerReplayFlags extends LedgerFlags {
  readonly config?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

/** Of a ledger that is bent everywhere the first ones say enough. */
const MOST_DIFFERENCES = 100;

/** A gateway that writes faster than the rest is read is waited for no longer. */
const MOST_ROUNDS = 50;

/**
 * Resolves with the exit code: 0, or 4 when anything differs. Charges are made anew by the price book of the configuration;
 * rejects with ConfigError for one that cannot be read.
 */
export async function replayLedger(flags: LedgerReplayFlags): Promise<number> {
  const { config } = flags;
  const chargeAgain = readChargeAgain(readSettings(config === undefined ? {} : { config }, process.env));
  const { replay, ofMonths, months } = await withLedger(flags, (reader) => replayAll(reader, chargeAgain));
  const differences = [...replay.differences, ...ofMonths];
  const { calls, pricing } = replay;
  const report = { calls, months, pricing, differing: replay.differing + ofMonths.length, differences };
  process.stdout.write(flags.json === true ? replayJson(report) : replayText(report));
  return report.differing === 0 ? 0 : LEDGER_BROKEN;
}

interface Replayed {
  readonly replay: Replay;
  readonly ofMonths: readonly Difference[];
  readonly months: number;
}

/**
 * Calls may be settled and months closed meanwhile. What is compared at the end must be of one state, so the sums are read
 * again until no call came between.
 */
async function replayAll(reader: LedgerReader, chargeAgain: ChargeAgain): Promise<Replayed> {
  for (let restart = 0; restart < MOST_ROUNDS; restart += 1) {
    const before = await closingsOf(reader);
    const replay = createReplay(before, MOST_DIFFERENCES, chargeAgain);
    let lastSeq = 0n;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      for await (const page of auditedPagesOf(reader, lastSeq)) {
        for (const call of page) replay.add(call);
        lastSeq = page.at(-1)?.seq ?? lastSeq;
      }
      const { books, damaged } = await booksOf(reader);
      // A close decides where later calls are booked, so a replay begun before it begins again.
      if ((await closingsOf(reader)).length !== before.length) break;
      if ((await reader.auditedCalls(lastSeq, 1)).length > 0) continue;
      const looseEnds = await reader.looseEnds(MOST_DIFFERENCES);
      const ofMonths = replay.compare(books, { damaged, looseEnds });
      return { replay, ofMonths, months: books.length + damaged.length };
    }
  }
  throw new UsageError(
    "the ledger is being written faster than it can be compared; try again when there is less traffic",
  );
}

/** The months that can be read, and those that cannot. */
async function booksOf(
  reader: LedgerReader,
): Promise<{ readonly books: readonly PeriodBook[]; readonly damaged: readonly DamagedMonth[] }> {
  const books: PeriodBook[] = [];
  const damaged: DamagedMonth[] = [];
  for (const month of await reader.periods()) {
    try {
      books.push(await reader.periodBook(month.period));
    } catch (error) {
      if (!(error instanceof DamagedLedgerError)) throw error;
      damaged.push({ ...month, damage: error.message });
    }
  }
  return { books, damaged };
}

async function closingsOf(
  reader: LedgerReader,
): Promise<readonly { readonly period: Period; readonly cutoffSeq: bigint }[]> {
  const months = await reader.periods();
  return months.flatMap(({ period, cutoffSeq }) => (cutoffSeq === null ? [] : [{ period, cutoffSeq }]));
}

interface Report {
  readonly calls: number;
  readonly months: number;
  readonly pricing: PricedAnew;
  readonly differing: number;
  readonly differences: readonly Difference[];
}

function replayJson({ calls, months, pricing, differing, differences }: Report): string {
  const notPricedAnew = [...pricing.notPriced].map(([reason, count]) => ({ reason, calls: count }));
  const told = differences.map((each) => ({ ...each, seq: each.seq === null ? null : `${each.seq}` }));
  const report = {
    calls,
    months,
    pricedAnew: pricing.priced,
    notPricedAnew,
    differing,
    differences: told,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function replayText({ calls, months, pricing, differing, differences }: Report): string {
  const done = `replayed ${counted(calls, "call")} in ${counted(months, "month")}`;
  const priced = pricingLines(pricing);
  if (differing === 0) {
    return `${[`${done}: charges, splits, caps, sums and closes are as they are kept`, ...priced].join("\n")}\n`;
  }
  const untold = differing - differences.length;
  return [
    `REPLAY DIFFERS: ${done}, ${counted(differing, "difference")}`,
    ...priced,
    ...differences.flatMap(({ seq, requestId, what, kept, made }) => [
      seq === null ? what : `call ${seq}${requestId === null ? "" : ` (request ${requestId})`}: ${what}`,
      `  kept ${kept}`,
      `  made ${made}`,
    ]),
    ...(untold > 0 ? [`and ${grouped(untold)} more`] : []),
    "",
  ].join("\n");
}

/** What was not made anew is never left unsaid. */
function pricingLines({ priced, notPriced }: PricedAnew): readonly string[] {
  return [
    `${counted(priced, "charge")} made anew by the price book`,
    ...[...notPriced].map(
      ([why, count]) =>
        `NOT PRICED ANEW: ${counted(count, "charge")}, held against their tokens only: ${why} (see --config)`,
    ),
  ];
}
