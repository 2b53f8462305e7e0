/**
 * Joins the ledger with the clouds' own meters, call by call. Every dollar by which they differ stands in one break, and every
 * call is decided once more: whoever served it, by either count, must be allowed to.
 */

import type { CallFacts, ProviderId } from "../../domain/call.ts";
import { picoUsd, type PicoUsd } from "../../domain/units.ts";
import type { Period } from "../period.ts";
import { compareCall, tokensOf, type Break, type BreakStatus, type PriceOf } from "./compare-call.ts";
import { usedTokens, type MeterRow } from "./meter-row.ts";
import type { ReconCall } from "./recon-call.ts";

export interface Reconciliation {
  /** Calls of the ledger that were compared, completions of jobs among them. */
  readonly calls: number;
  readonly matched: number;
  /** By ledger order, then those that are not in the ledger. */
  readonly breaks: readonly Break[];
  readonly byStatus: ReadonlyMap<BreakStatus, StatusSums>;
  /** Of all that could be compared. `meter - ledger` is the sum of the breaks, exactly. */
  readonly ledgerPicoUsd: PicoUsd;
  readonly meterPicoUsd: PicoUsd;
  readonly breaksPicoUsd: PicoUsd;
  /** Charges of calls whose metered use has no price. */
  readonly notComparablePicoUsd: PicoUsd;
  readonly violations: readonly Violation[];
  /** Calls that cannot be decided anew, by why. */
  readonly notVerifiable: readonly { readonly reason: string; readonly calls: number }[];
  /** With a month: rows that used something and that no call names. A meter knows no contract date, so they are of no month. */
  readonly ofNoMonth: number;
  /** Rows that serve no call: state handed over, jobs looked after, attempts that failed. */
  readonly otherRows: number;
}

interface StatusSums {
  readonly count: number;
  /** Of those that have a price. */
  readonly amountPicoUsd: PicoUsd;
  readonly withoutPrice: number;
}

/** A call at a provider that its decision did not allow. */
export interface Violation {
  readonly requestId: string;
  readonly seq: bigint;
  readonly provider: ProviderId;
  /** Who says that it was there. */
  readonly by: "ledger" | "meter";
  readonly allowed: readonly ProviderId[];
}

/** Where a call may be hosted by the policy it was decided under; a text says why that cannot be told. */
export type AllowedFor = (call: {
  readonly agreement: string;
  readonly digest: string;
  readonly facts: CallFacts;
}) => readonly ProviderId[] | string;

interface ToReconcile {
  /** All of the ledger, in ledger order. */
  readonly calls: readonly ReconCall[];
  /** All of the meters that the gateway caused, in any order. */
  readonly rows: Iterable<MeterRow>;
  /** Only calls booked in this month are compared, and no row that no call names; null: all. */
  readonly period: Period | null;
  readonly priceOf: PriceOf;
  readonly allowedFor: AllowedFor;
}

/** Joins calls and rows, and decides each call once more. The breaks sum to the difference of the totals, exactly. */
export function reconcile({ calls, rows, period, priceOf, allowedFor }: ToReconcile): Reconciliation {
  const index = indexCalls(calls);
  const rowsByKey = new Map<string, MeterRow[]>();
  const breaks: Break[] = [];
  const strangers: Break[] = [];
  let foreign = 0n;
  let ofNoMonth = 0;
  let otherRows = 0;
  for (const row of rows) {
    const { requestId } = row;
    if (requestId !== null && index.keys.has(requestId)) {
      ensure(rowsByKey, requestId, () => []).push(row);
    } else if (usedTokens(row) && period !== null) {
      ofNoMonth += 1;
    } else if (usedTokens(row)) {
      const found = strangerOf(row, index, priceOf);
      strangers.push(found);
      foreign += found.amountPicoUsd ?? 0n;
    } else otherRows += 1;
  }

  const sums = { ledger: 0n, meter: foreign, notComparable: 0n };
  const violations: Violation[] = [];
  const unverifiable = new Map<string, number>();
  let compared = 0;
  let matched = 0;
  for (const call of calls) {
    if (period !== null && call.period !== period) continue;
    compared += 1;
    const own = rowsByKey.get(keyOf(call, index)) ?? [];
    const result = compareCall(call, own, priceOf);
    if (result.breaks.length === 0) matched += 1;
    breaks.push(...result.breaks);
    sums.ledger += result.ledgerPicoUsd;
    sums.meter += result.meterPicoUsd;
    sums.notComparable += result.notComparablePicoUsd;
    const allowed = allowedFor(call);
    if (typeof allowed === "string") unverifiable.set(allowed, (unverifiable.get(allowed) ?? 0) + 1);
    else violations.push(...violationsOf(call, own, allowed));
  }
  const all = [...breaks, ...strangers];
  return {
    calls: compared,
    matched,
    breaks: all,
    byStatus: sumByStatus(all),
    ledgerPicoUsd: picoUsd(sums.ledger),
    meterPicoUsd: picoUsd(sums.meter),
    breaksPicoUsd: picoUsd(all.reduce((sum, { amountPicoUsd }) => sum + (amountPicoUsd ?? 0n), 0n)),
    notComparablePicoUsd: picoUsd(sums.notComparable),
    violations,
    notVerifiable: [...unverifiable].map(([reason, count]) => ({ reason, calls: count })),
    ofNoMonth,
    otherRows,
  };
}

/** What meter rows name calls by. */
interface CallIndex {
  /** Request ids of calls, and ids of jobs that are settled. */
  readonly keys: ReadonlySet<string>;
  /** The job that a call started. */
  readonly jobs: ReadonlyMap<string, string>;
  /** Jobs whose completion is not in the ledger. */
  readonly openJobs: ReadonlySet<string>;
}

function indexCalls(calls: readonly ReconCall[]): CallIndex {
  const completions = calls.filter(({ phase }) => phase === "completion");
  const completed = new Set(completions.map(({ requestId }) => requestId));
  const keys = new Set<string>();
  const jobs = new Map<string, string>();
  const openJobs = new Set<string>();
  for (const { phase, requestId, jobId } of calls) {
    if (phase !== "answer") continue;
    keys.add(requestId);
    if (jobId === null) continue;
    jobs.set(requestId, jobId);
    (completed.has(requestId) ? keys : openJobs).add(jobId);
  }
  return { keys, jobs, openJobs };
}

/** The id that the meters know it by. */
function keyOf({ phase, requestId }: ReconCall, { jobs }: CallIndex): string {
  return phase === "answer" ? requestId : (jobs.get(requestId) ?? requestId);
}

/** A row that used something and that no settled call of the ledger names. */
function strangerOf(row: MeterRow, { openJobs }: CallIndex, priceOf: PriceOf): Break {
  const open = row.requestId !== null && openJobs.has(row.requestId);
  return {
    status: "missing_in_ledger",
    requestId: row.requestId,
    seq: null,
    ledgerProvider: null,
    meterProvider: row.provider,
    ledgerTokens: null,
    meterTokens: tokensOf(row),
    amountPicoUsd: priceOf(row, null),
    note: open ? "a job that is not settled yet" : null,
  };
}

/** Each provider is told once for each call, the ledger's word first. */
function violationsOf(
  { requestId, seq, provider }: ReconCall,
  rows: readonly MeterRow[],
  allowed: readonly ProviderId[],
): readonly Violation[] {
  const found: Violation[] = allowed.includes(provider)
    ? []
    : [{ requestId, seq, provider, by: "ledger", allowed }];
  for (const metered of new Set(rows.map((row) => row.provider))) {
    if (!allowed.includes(metered)) found.push({ requestId, seq, provider: metered, by: "meter", allowed });
  }
  return found;
}

function sumByStatus(breaks: readonly Break[]): ReadonlyMap<BreakStatus, StatusSums> {
  return new Map(
    [...Map.groupBy(breaks, ({ status }) => status)].map(([status, own]) => [
      status,
      {
        count: own.length,
        amountPicoUsd: picoUsd(own.reduce((sum, { amountPicoUsd }) => sum + (amountPicoUsd ?? 0n), 0n)),
        withoutPrice: own.filter(({ amountPicoUsd }) => amountPicoUsd === null).length,
      },
    ]),
  );
}

function ensure<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
