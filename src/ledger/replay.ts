/**
 * Makes a ledger anew from its first call: what each call says of itself is priced, split, capped and booked again, summed
 * again, and its closed months are closed again. What then differs from what is kept is told.
 */

import type { Transaction } from "../domain/ledger.ts";
import { bookCall } from "./book-call.ts";
import type { BookedCall } from "./booked-call.ts";
import { canonicalJson } from "./canonical-json.ts";
import { closePeriod } from "./close.ts";
import { foldBook, type LedgerFold } from "./fold-book.ts";
import { assertSettled } from "./invariant.ts";
import type { Carry, PeriodBook, PeriodClosing } from "./period-book.ts";
import type { Period } from "./period.ts";
import { postCall } from "./post-call.ts";

/** One thing that is kept otherwise than it was made. */
export interface Difference {
  /** Null for what concerns no single call, as is `requestId`. */
  readonly seq: bigint | null;
  readonly requestId: string | null;
  readonly what: string;
  readonly kept: string;
  readonly made: string;
}

export interface Replay {
  /** Takes the next call in ledger order. */
  add(call: BookedCall): void;
  /** Compares the sums and closes of every month, in order of month, after the last call. May be asked again after more calls. */
  compare(books: readonly PeriodBook[]): readonly Difference[];
  /** Calls so far. */
  readonly calls: number;
  /** What differs in calls so far, in ledger order, at most `mostDifferences`. */
  readonly differences: readonly Difference[];
  /** How many there were, told or not. */
  readonly differing: number;
}

/** `closings` in any order: where a call is booked depends on what was closed before it. */
export function createReplay(
  closings: readonly Pick<PeriodClosing, "period" | "cutoffSeq">[],
  mostDifferences: number,
): Replay {
  const fold = foldBook();
  const inOrder = closings.toSorted((a, b) => (a.period < b.period ? -1 : 1));
  const differences: Difference[] = [];
  let calls = 0;
  let differing = 0;
  let lastSeq = 0n;
  return {
    add(kept) {
      calls += 1;
      const made = remake(kept, lastClosedBefore(kept.seq, inOrder), fold);
      const found = made.problems.length > 0 ? made.problems : differencesOf(kept, made.booked);
      if (kept.seq <= lastSeq) found.unshift(["place in ledger order", `${kept.seq}`, `above ${lastSeq}`]);
      lastSeq = kept.seq;
      fold.add(made.booked);
      differing += found.length;
      for (const [what, was, is] of found) {
        if (differences.length >= mostDifferences) break;
        differences.push({ seq: kept.seq, requestId: kept.call.requestId, what, kept: was, made: is });
      }
    },
    compare: (books) => [...compareMonths(books, fold), ...compareClosings(books, fold)],
    get calls() {
      return calls;
    },
    get differences() {
      return differences;
    },
    get differing() {
      return differing;
    },
  };
}

type Found = readonly [what: string, kept: string, made: string];

/** The call as its own terms make it; where they make none, why, and the call as it is kept. */
function remake(
  kept: BookedCall,
  lastClosed: Period | null,
  { granted }: LedgerFold,
): { readonly booked: BookedCall; readonly problems: Found[] } {
  try {
    const call = { ...kept.call, transactions: postCall(kept.call) };
    assertSettled(call);
    return { booked: bookCall(call, kept.seq, { lastClosed, granted }), problems: [] };
  } catch (error) {
    const made = error instanceof Error ? error.message : String(error);
    return { booked: kept, problems: [["money", text(kept.call.charge), made]] };
  }
}

function lastClosedBefore(
  seq: bigint,
  closings: readonly Pick<PeriodClosing, "period" | "cutoffSeq">[],
): Period | null {
  return closings.findLast(({ cutoffSeq }) => cutoffSeq < seq)?.period ?? null;
}

function differencesOf(kept: BookedCall, made: BookedCall): Found[] {
  const found: Found[] = [];
  if (kept.period !== made.period) found.push(["booked month", kept.period, made.period]);
  if (kept.cut !== made.cut) found.push(["cut by a cap", `${kept.cut}`, `${made.cut}`]);
  if (!sameTransactions(kept.call.transactions, made.call.transactions)) {
    found.push(["transactions", text(kept.call.transactions), text(made.call.transactions)]);
  }
  if (kept.capUses.length + made.capUses.length > 0 && text(kept.capUses) !== text(made.capUses)) {
    found.push(["use of caps", text(kept.capUses), text(made.capUses)]);
  }
  return found;
}

/** Compared leg by leg: writing them as text would take most of the time of a replay. */
function sameTransactions(kept: readonly Transaction[], made: readonly Transaction[]): boolean {
  return (
    kept.length === made.length &&
    kept.every(({ kind, postings }, index) => {
      const other = made[index];
      if (other === undefined || other.kind !== kind || other.postings.length !== postings.length)
        return false;
      return postings.every((posting, line) => {
        const twin = other.postings[line];
        return (
          twin !== undefined &&
          twin.account === posting.account &&
          twin.party === posting.party &&
          twin.amount === posting.amount &&
          twin.clause === posting.clause
        );
      });
    })
  );
}

function compareMonths(books: readonly PeriodBook[], fold: LedgerFold): readonly Difference[] {
  const held = new Set([...books.map(({ period }) => period), ...fold.periods()]);
  return [...held].sort().flatMap((period) => {
    const kept = books.find((book) => book.period === period);
    const made = fold.summary(period);
    const rows = (name: string, was: readonly object[] | undefined, is: readonly object[]): Difference[] =>
      compareRows(`${name} of ${period}`, was ?? [], is);
    const balance = kept?.summary.balancePicoUsd ?? 0n;
    return [
      ...rows("sums of use", kept?.summary.uses, made.uses),
      ...rows("sums of parts", kept?.summary.parts, made.parts),
      ...rows("sums of hosting", kept?.summary.hosting, made.hosting),
      ...rows("reasons without a price", kept?.summary.unpricedReasons, made.unpricedReasons),
      ...rows("caps", kept?.caps, fold.caps(period)),
      ...(balance === made.balancePicoUsd
        ? []
        : [difference(`balance of ${period}`, `${balance}`, `${made.balancePicoUsd}`)]),
    ];
  });
}

/** Rows carry no order. */
function compareRows(what: string, kept: readonly object[], made: readonly object[]): Difference[] {
  const keptTexts = new Set(kept.map(canonicalJson));
  const madeTexts = new Set(made.map(canonicalJson));
  const surplus = [...keptTexts].filter((row) => !madeTexts.has(row)).sort();
  const missing = [...madeTexts].filter((row) => !keptTexts.has(row)).sort();
  return Array.from({ length: Math.max(surplus.length, missing.length) }, (_, index) =>
    difference(what, surplus[index] ?? "nothing", missing[index] ?? "nothing"),
  );
}

/** Each month is closed anew with what the closed month before it carries. */
function compareClosings(books: readonly PeriodBook[], fold: LedgerFold): readonly Difference[] {
  let carries: readonly Carry[] = [];
  return books
    .toSorted((a, b) => (a.period < b.period ? -1 : 1))
    .flatMap(({ period, closing: kept }) => {
      if (kept === null) return [];
      const book = { period, summary: fold.summary(period), caps: fold.caps(period), carries, closing: null };
      const made = closeAgain(book, kept);
      if (typeof made === "string") return [difference(`close of ${period}`, kept.manifestSha256, made)];
      ({ carries } = made);
      const same = (name: string, was: unknown, is: unknown): Difference[] =>
        text(was) === text(is) ? [] : [difference(`${name} of ${period}`, text(was), text(is))];
      return [
        ...same("manifest", kept.manifestSha256, made.manifestSha256),
        ...same("transactions at the close", kept.transactions, made.transactions),
        ...compareRows(`carries of ${period}`, kept.carries, made.carries),
        ...same("statement", kept.statement, made.statement),
      ];
    });
}

function closeAgain(book: PeriodBook, kept: PeriodClosing): PeriodClosing | string {
  try {
    return closePeriod(book, kept);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function difference(what: string, kept: string, made: string): Difference {
  return { seq: null, requestId: null, what, kept, made };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value);
}
