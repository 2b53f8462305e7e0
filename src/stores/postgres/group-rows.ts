/** The rows that a group of calls comes to, in ledger order, with what they add to the running sums. Pure. */

import { assertSettled } from "../../ledger/invariant.ts";
import { bookCall } from "../../ledger/book-call.ts";
import type { BookedCall } from "../../ledger/booked-call.ts";
import type { CapKey } from "../../ledger/caps.ts";
import { picoUsd, type PicoUsd } from "../../domain/units.ts";
import { accountKey, type HandedIn } from "./encode.ts";

/** A call with its place, ready to be written. */
export interface PlacedCall {
  readonly handedIn: HandedIn;
  readonly booked: BookedCall;
}

/** The ledger as the group finds it, while it holds the head. */
export interface LedgerBefore {
  readonly lastSeq: bigint;
  readonly lastClosed: string | null;
  /** What the caps of the group's clauses let through so far, by `capSpan`. */
  readonly granted: ReadonlyMap<string, bigint>;
}

/** Returns one text for a clause and the span that its cap counts in. */
export function capSpan({ clause, span }: CapKey): string {
  return `${span} ${clause}`;
}

/** Gives each call, none of which the ledger has, its number, its month and what caps leave of it. */
export function placeCalls(calls: readonly HandedIn[], before: LedgerBefore): readonly PlacedCall[] {
  const granted = new Map(before.granted);
  const grantedOf = (key: CapKey): PicoUsd => picoUsd(granted.get(capSpan(key)) ?? 0n);
  return calls.map((handedIn, at) => {
    const seq = before.lastSeq + BigInt(at) + 1n;
    const booked = bookCall(handedIn.call, seq, { lastClosed: before.lastClosed, granted: grantedOf });
    if (booked.cut) assertSettled(booked.call);
    for (const use of booked.capUses) granted.set(capSpan(use), grantedOf(use) + use.grantedPicoUsd);
    return { handedIn, booked };
  });
}

/** What the calls of one month, context and fate add; tokens in the order of `use_sum`. */
export interface CallSum {
  readonly period: string;
  readonly context: string;
  readonly cut: boolean;
  calls: number;
  completions: number;
  /** Input, cached input, output, reasoning, trained. */
  readonly tokens: [bigint, bigint, bigint, bigint, bigint];
  gross: bigint;
  /** What is added to each account, by `accountKey`. */
  readonly accounts: Map<string, bigint>;
}

/** In one order for all writers: of month, context and fate. */
export function sumCalls(calls: readonly PlacedCall[]): readonly CallSum[] {
  const sums = new Map<string, CallSum>();
  for (const { handedIn, booked } of calls) {
    const { period, cut, call } = booked;
    const key = `${period} ${cut} ${handedIn.context}`;
    let sum = sums.get(key);
    if (sum === undefined) {
      const { context } = handedIn;
      sum = {
        period,
        context,
        cut,
        calls: 0,
        completions: 0,
        tokens: [0n, 0n, 0n, 0n, 0n],
        gross: 0n,
        accounts: new Map(),
      };
      sums.set(key, sum);
    }
    addCall(sum, call);
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

function addCall(sum: CallSum, { phase, usage, charge, transactions }: BookedCall["call"]): void {
  if (phase === "answer") sum.calls += 1;
  else sum.completions += 1;
  const { tokens, accounts } = sum;
  tokens[0] += BigInt(usage.inputTokens ?? 0);
  tokens[1] += BigInt(usage.cachedInputTokens ?? 0);
  tokens[2] += BigInt(usage.outputTokens ?? 0);
  tokens[3] += BigInt(usage.reasoningTokens ?? 0);
  tokens[4] += BigInt(usage.trainedTokens ?? 0);
  if (charge.kind === "rated") sum.gross += charge.totalPicoUsd;
  for (const { postings } of transactions) {
    for (const posting of postings) {
      const key = accountKey(posting);
      accounts.set(key, (accounts.get(key) ?? 0n) + posting.amount);
    }
  }
}
