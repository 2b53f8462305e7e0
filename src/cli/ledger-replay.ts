/** `clauseway ledger replay --verify`: makes the ledger anew from its calls and tells what is kept otherwise. */

import { UsageError } from "../app/settings.ts";
import type { PeriodBook } from "../ledger/period-book.ts";
import { createReplay, type Difference, type Replay } from "../ledger/replay.ts";
import type { LedgerReader } from "../stores/store.ts";
import { LEDGER_BROKEN, pagesOf, withLedger, type LedgerFlags } from "./ledger-reading.ts";
import { counted, grouped } from "./text/columns.ts";

export interface LedgerReplayFlags extends LedgerFlags {
  readonly verify?: boolean;
  readonly json?: boolean;
}

/** Of a ledger that is bent everywhere the first ones say enough. */
const MOST_DIFFERENCES = 100;

/** A gateway that writes faster than the rest is read is waited for no longer. */
const MOST_ROUNDS = 50;

/** Resolves with the exit code: 0, or 4 when anything differs. */
export async function replayLedger(flags: LedgerReplayFlags): Promise<number> {
  const { replay, ofMonths, months } = await withLedger(flags, replayAll);
  const differences = [...replay.differences, ...ofMonths];
  const differing = replay.differing + ofMonths.length;
  if (flags.json === true) {
    const told = differences.map((each) => ({ ...each, seq: each.seq === null ? null : `${each.seq}` }));
    const report = { calls: replay.calls, months, differing, differences: told };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else process.stdout.write(replayText({ calls: replay.calls, months, differing, differences }));
  return differing === 0 ? 0 : LEDGER_BROKEN;
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
async function replayAll(reader: LedgerReader): Promise<Replayed> {
  for (let restart = 0; restart < MOST_ROUNDS; restart += 1) {
    const before = await booksOf(reader);
    const replay = createReplay(closingsOf(before), MOST_DIFFERENCES);
    let lastSeq = 0n;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      for await (const page of pagesOf(reader, lastSeq)) {
        for (const call of page) replay.add(call);
        lastSeq = page.at(-1)?.seq ?? lastSeq;
      }
      const books = await booksOf(reader);
      // A close decides where later calls are booked, so a replay begun before it begins again.
      if (closingsOf(books).length !== closingsOf(before).length) break;
      if ((await reader.calls(lastSeq, 1)).length > 0) continue;
      return { replay, ofMonths: replay.compare(books), months: books.length };
    }
  }
  throw new UsageError(
    "the ledger is being written faster than it can be compared; try again when there is less traffic",
  );
}

async function booksOf(reader: LedgerReader): Promise<readonly PeriodBook[]> {
  const books: PeriodBook[] = [];
  for (const { period } of await reader.periods()) books.push(await reader.periodBook(period));
  return books;
}

function closingsOf(books: readonly PeriodBook[]): readonly NonNullable<PeriodBook["closing"]>[] {
  return books.flatMap(({ closing }) => closing ?? []);
}

function replayText({
  calls,
  months,
  differing,
  differences,
}: {
  readonly calls: number;
  readonly months: number;
  readonly differing: number;
  readonly differences: readonly Difference[];
}): string {
  const done = `replayed ${counted(calls, "call")} in ${counted(months, "month")}`;
  if (differing === 0) return `${done}: prices, splits, caps, sums and closes are as they are kept\n`;
  const untold = differing - differences.length;
  return [
    `REPLAY DIFFERS: ${done}, ${counted(differing, "difference")}`,
    ...differences.flatMap(({ seq, requestId, what, kept, made }) => [
      seq === null ? what : `call ${seq} (request ${requestId ?? "none"}): ${what}`,
      `  kept ${kept}`,
      `  made ${made}`,
    ]),
    ...(untold > 0 ? [`and ${grouped(untold)} more`] : []),
    "",
  ].join("\n");
}
