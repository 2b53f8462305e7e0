/**
 * Makes a ledger anew from its first call: what each call says of itself is priced, split, capped and booked again, summed
 * again, and its closed months are closed again. What then differs from what is kept is told.
 */

import type { Charge, RatedLine, SettledCall, Transaction } from "../domain/ledger.ts";
import type { ChargeAgain } from "../pricing/charge-again.ts";
import { bookCall } from "./book-call.ts";
import type { AuditedCall, BookedCall, LooseEnd } from "./booked-call.ts";
import { canonicalJson } from "./canonical-json.ts";
import { changedParts } from "./changed-close.ts";
import { closeAgain } from "./close.ts";
import { foldBook, type LedgerFold } from "./fold-book.ts";
import { assertSettled } from "./invariant.ts";
import { linesSumToUsage } from "./lines-of-usage.ts";
import type { Carry, PeriodBook, PeriodClosing } from "./period-book.ts";
import type { Period, PeriodRow } from "./period.ts";
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

/** A month whose book cannot be read. */
export interface DamagedMonth extends Pick<
  PeriodRow,
  "period" | "closedAtMs" | "cutoffSeq" | "manifestSha256"
> {
  readonly damage: string;
}

interface FoundInLedger {
  readonly damaged?: readonly DamagedMonth[];
  readonly looseEnds?: readonly LooseEnd[];
}

export interface Replay {
  /** Takes the next call in ledger order. One that is damaged is told as a difference and left out of the sums. */
  add(call: AuditedCall): void;
  /**
   * Compares the sums and closes of every month, in order of month, after the last call. May be asked again after more calls.
   * Of a damaged month only the damage is told. What hangs loose in the ledger comes first.
   */
  compare(books: readonly PeriodBook[], found?: FoundInLedger): readonly Difference[];
  /** Calls so far. */
  readonly calls: number;
  readonly pricing: PricedAnew;
  /** What differs in calls so far, in ledger order, at most `mostDifferences`. */
  readonly differences: readonly Difference[];
  /** How many there were, told or not. */
  readonly differing: number;
}

/** How much of a replay is priced anew; what is free or in suspense has no price. */
export interface PricedAnew {
  /** Calls whose charge was made from their tokens and the version of the price that they name. */
  readonly priced: number;
  /** Charged calls for which that was not possible, by why. Their lines were held against their tokens only. */
  readonly notPriced: ReadonlyMap<string, number>;
}

/**
 * `closings` in any order: where a call is booked depends on what was closed before it. `chargeAgain` makes the charges of calls
 * by a price book; without one none is priced anew, which is counted.
 */
export function createReplay(
  closings: readonly Pick<PeriodClosing, "period" | "cutoffSeq">[],
  mostDifferences: number,
  chargeAgain: ChargeAgain = () => "no price book is at hand",
): Replay {
  const fold = foldBook();
  const notPriced = new Map<string, number>();
  let priced = 0;
  const inOrder = closings.toSorted((a, b) => (a.period < b.period ? -1 : 1));
  const differences: Difference[] = [];
  let calls = 0;
  let differing = 0;
  let lastSeq = 0n;
  const tell = (seq: bigint, requestId: string | null, found: readonly Found[]): void => {
    differing += found.length;
    const room = Math.max(0, mostDifferences - differences.length);
    for (const [what, kept, made] of found.slice(0, room)) {
      differences.push({ seq, requestId, what, kept, made });
    }
  };
  const priceOf = (call: SettledCall): readonly Found[] => {
    const found = priceAnew(call, chargeAgain);
    if (found.kind === "priced") priced += 1;
    if (found.kind === "not-priced") notPriced.set(found.why, (notPriced.get(found.why) ?? 0) + 1);
    return found.differences;
  };
  return {
    add(kept) {
      calls += 1;
      const placed: Found[] =
        kept.seq > lastSeq ? [] : [["place in ledger order", `${kept.seq}`, `above ${lastSeq}`]];
      lastSeq = kept.seq;
      if ("damage" in kept) {
        tell(kept.seq, null, [...placed, ["rows of the call", kept.damage, "a call that can be read"]]);
        return;
      }
      const made = remake(kept, lastClosedBefore(kept.seq, inOrder), fold);
      const booked = made.problems.length > 0 ? made.problems : differencesOf(kept, made.booked);
      fold.add(made.booked);
      tell(kept.seq, kept.call.requestId, [...placed, ...priceOf(kept.call), ...booked]);
    },
    compare: (books, { damaged = [], looseEnds = [] } = {}) => [
      ...looseEnds.map(({ seq, what }) => ({ ...difference("loose end", what, "nothing of the kind"), seq })),
      ...damaged.map(({ period, damage }) => difference(`book of ${period}`, damage, "one that can be read")),
      ...compareMonths(books, fold, new Set(damaged.map(({ period }) => period))),
      ...compareClosings(books, damaged, fold),
    ],
    get calls() {
      return calls;
    },
    get pricing() {
      return { priced, notPriced };
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

type Priced = { readonly differences: readonly Found[] } & (
  | { readonly kind: "uncharged" | "priced" }
  | { readonly kind: "not-priced"; readonly why: string }
);

/** Holds the charge of a call against its tokens and the price that it names. */
function priceAnew({ charge, ...call }: SettledCall, chargeAgain: ChargeAgain): Priced {
  if (charge.kind !== "rated") return { kind: "uncharged", differences: [] };
  const made = chargeAgain({ ...call, charge });
  if (typeof made !== "string") {
    const differences: readonly Found[] = sameCharge(charge, made)
      ? []
      : [["charge", text(charge), text(made)]];
    return { kind: "priced", differences };
  }
  const differences: readonly Found[] = linesSumToUsage(charge.lines, call.usage)
    ? []
    : [["lines of the charge", text(charge.lines), `lines of ${text(call.usage)}`]];
  return { kind: "not-priced", why: made, differences };
}

/** Lines carry no order. */
function sameCharge(kept: Extract<Charge, { kind: "rated" }>, made: Charge): boolean {
  return (
    made.kind === "rated" &&
    made.totalPicoUsd === kept.totalPicoUsd &&
    made.assumed === kept.assumed &&
    made.priceVersion === kept.priceVersion &&
    made.lines.length === kept.lines.length &&
    made.lines.every((line) => kept.lines.some((other) => sameLine(line, other)))
  );
}

function sameLine(a: RatedLine, b: RatedLine): boolean {
  return (
    a.unit === b.unit &&
    a.quantity === b.quantity &&
    a.unitPricePicoUsd === b.unitPricePicoUsd &&
    a.amountPicoUsd === b.amountPicoUsd
  );
}

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

function compareMonths(
  books: readonly PeriodBook[],
  fold: LedgerFold,
  damaged: ReadonlySet<Period>,
): readonly Difference[] {
  const held = new Set([...books.map(({ period }) => period), ...fold.periods()]);
  const sound = [...held].filter((period) => !damaged.has(period)).sort();
  return sound.flatMap((period) => {
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

/** Each month is closed anew with what the closed month before it carries; a damaged one for what it carries on alone. */
function compareClosings(
  books: readonly PeriodBook[],
  damaged: readonly DamagedMonth[],
  fold: LedgerFold,
): readonly Difference[] {
  let carries: readonly Carry[] = [];
  const closed: readonly (KeptClose & { readonly whole: PeriodClosing | null })[] = [
    ...books.flatMap(({ closing }) => (closing === null ? [] : [{ ...closing, whole: closing }])),
    ...damaged.flatMap(closeOf),
  ];
  return closed
    .toSorted((a, b) => (a.period < b.period ? -1 : 1))
    .flatMap((kept) => {
      const { period, whole } = kept;
      const book = { period, summary: fold.summary(period), caps: fold.caps(period), carries, closing: null };
      const made = tryClosing(book, kept);
      if (typeof made === "string") return [difference(`close of ${period}`, kept.manifestSha256, made)];
      ({ carries } = made);
      return whole === null
        ? []
        : changedParts(whole, made).map(({ what, was, is }) => difference(`${what} of ${period}`, was, is));
    });
}

function closeOf({
  period,
  closedAtMs,
  cutoffSeq,
  manifestSha256,
}: DamagedMonth): readonly (KeptClose & { readonly whole: null })[] {
  if (closedAtMs === null || cutoffSeq === null || manifestSha256 === null) return [];
  return [{ period, closedAtMs, cutoffSeq, manifestSha256, whole: null }];
}

type KeptClose = Pick<PeriodClosing, "period" | "closedAtMs" | "cutoffSeq" | "manifestSha256">;

function tryClosing(book: PeriodBook, kept: KeptClose): PeriodClosing | string {
  try {
    return closeAgain(book, kept);
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
