/** The ledger store in memory: the model that the durable engines are checked against, and the store of short tests. */

import type { PartnerId } from "../domain/call.ts";
import type { SettledCall } from "../domain/ledger.ts";
import type { StateChange, StateEntry } from "../domain/state.ts";
import { bookCall } from "../ledger/book-call.ts";
import type { BookedCall, OpenedCall, SuspendedCall } from "../ledger/booked-call.ts";
import { closePeriod } from "../ledger/close.ts";
import { foldBook } from "../ledger/fold-book.ts";
import { assertSettled } from "../ledger/invariant.ts";
import { loggedRowOf } from "../ledger/logged-call.ts";
import type { PeriodBook, PeriodClosing } from "../ledger/period-book.ts";
import type { Period, PeriodRow } from "../ledger/period.ts";
import type { LedgerSummary } from "../ledger/summary.ts";
import { totalsOf } from "../ledger/totals.ts";
import { foldTraffic } from "../ledger/traffic.ts";
import { closedError, LedgerConflictError } from "./ledger-error.ts";
import { pendingRowOf } from "./pending-job.ts";
import { assertClosable } from "./period-order.ts";
import { contentOf } from "./same-content.ts";
import { assertStorable } from "./storable.ts";
import type { LedgerReader, LedgerStore } from "./store.ts";

/** A store that is its own reader, there being no file that another could open. */
export interface MemoryStore extends LedgerStore, LedgerReader {}

/** An empty ledger that lives as long as the process. */
export function openMemoryStore(): MemoryStore {
  const calls = new Map<string, { readonly booked: BookedCall; readonly content: string }>();
  const notes = new Map<string, OpenedCall>();
  const states = new Map<string, StateEntry>();
  const closings = new Map<Period, PeriodClosing>();
  const fold = foldBook();
  let lastClosed: Period | null = null;
  let open = true;
  const assertOpen = (): void => {
    if (!open) throw closedError();
  };
  const bookedCalls = (): readonly BookedCall[] => [...calls.values()].map(({ booked }) => booked);
  const settledAs = (requestId: string, phase: SettledCall["phase"]): SettledCall | null =>
    calls.get(callKey(requestId, phase))?.booked.call ?? null;
  const bookOf = (period: Period): PeriodBook => ({
    period,
    summary: fold.summary(period),
    caps: fold.caps(period),
    carries: latestBefore(closings, period)?.carries ?? [],
    closing: closings.get(period) ?? null,
  });

  return {
    open: (note) => {
      if (open && !notes.has(note.requestId)) notes.set(note.requestId, note);
    },
    settle: async (call) => {
      assertOpen();
      assertSettled(call);
      assertStorable(call);
      const key = callKey(call.requestId, call.phase);
      const content = contentOf(call);
      const known = calls.get(key);
      if (known) {
        if (known.content !== content) throw new LedgerConflictError(call.requestId, call.phase);
        return;
      }
      const booked = bookCall(call, BigInt(calls.size + 1), { lastClosed, granted: fold.granted });
      calls.set(key, { booked, content });
      fold.add(booked);
      for (const change of call.stateChanges) applyChange(states, change);
    },
    findState: async (partner, id, nowMs) => {
      assertOpen();
      const entry = states.get(stateKey(partner, id));
      if (!entry || (entry.expiresAtMs !== null && entry.expiresAtMs <= nowMs)) return null;
      return entry;
    },
    pendingJobs: async () => {
      assertOpen();
      return bookedCalls()
        .filter(({ call }) => settledAs(call.requestId, "completion") === null)
        .map(({ call }) => pendingRowOf(call))
        .filter((row) => row !== null);
    },
    closePeriod: async (period, nowMs) => {
      assertOpen();
      assertClosable(period, { lastClosed, withCalls: fold.periods() });
      const closing = closePeriod(bookOf(period), { cutoffSeq: BigInt(calls.size), closedAtMs: nowMs });
      closings.set(period, closing);
      lastClosed = period;
      return closing;
    },
    summary: async () => {
      assertOpen();
      return fold.summary();
    },
    totals: async () => {
      assertOpen();
      return totalsOf(fold.summary());
    },
    findCall: async (requestId) => {
      assertOpen();
      const answer = settledAs(requestId, "answer");
      const completion = settledAs(requestId, "completion");
      if (!answer) return null;
      return {
        requestId,
        answer: loggedRowOf(answer),
        completion: completion ? loggedRowOf(completion) : null,
      };
    },
    traffic: async () => {
      assertOpen();
      return foldTraffic(bookedCalls().map(({ call }) => call));
    },
    periods: async () => {
      assertOpen();
      const months = new Set([...fold.periods(), ...closings.keys()]);
      return [...months]
        .sort()
        .map((period) => periodRow(period, fold.summary(period), closings.get(period) ?? null));
    },
    periodBook: async (period) => {
      assertOpen();
      return bookOf(period);
    },
    orphans: async (openedBeforeMs) => {
      assertOpen();
      return [...notes.values()]
        .filter(({ openedAtMs }) => openedAtMs < openedBeforeMs)
        .filter(({ requestId }) => settledAs(requestId, "answer") === null)
        .sort((a, b) => a.openedAtMs - b.openedAtMs || (a.requestId < b.requestId ? -1 : 1));
    },
    suspended: async (limit) => {
      assertOpen();
      return bookedCalls().flatMap(suspendedRow).slice(0, limit);
    },
    calls: async (afterSeq, limit) => {
      assertOpen();
      return bookedCalls()
        .filter(({ seq }) => seq > afterSeq)
        .slice(0, limit);
    },
    auditedCalls: async (afterSeq, limit) => {
      assertOpen();
      return bookedCalls()
        .filter(({ seq }) => seq > afterSeq)
        .slice(0, limit);
    },
    // Its sums are folded from its calls, and it has no rows.
    looseEnds: async () => {
      assertOpen();
      return [];
    },
    close: async () => {
      open = false;
    },
  };
}

function latestBefore(closings: ReadonlyMap<Period, PeriodClosing>, period: Period): PeriodClosing | null {
  const before = [...closings.values()].filter((closing) => closing.period < period);
  return before.toSorted((a, b) => (a.period < b.period ? -1 : 1)).at(-1) ?? null;
}

function periodRow(period: Period, summary: LedgerSummary, closing: PeriodClosing | null): PeriodRow {
  const { calls, completions, grossPicoUsd } = totalsOf(summary);
  return {
    period,
    status: closing ? "closed" : "open",
    calls: calls + completions,
    grossPicoUsd,
    closedAtMs: closing && closing.closedAtMs,
    cutoffSeq: closing && closing.cutoffSeq,
    manifestSha256: closing && closing.manifestSha256,
  };
}

function suspendedRow({ seq, period, call }: BookedCall): readonly SuspendedCall[] {
  const { requestId, partner, model, provider, charge } = call;
  if (charge.kind !== "unpriced") return [];
  return [{ seq, requestId, period, partner, model, provider, reason: charge.reason }];
}

/** Moving or dropping an id that is not there changes nothing: it was dropped before, or belongs to another partner. */
function applyChange(states: Map<string, StateEntry>, change: StateChange): void {
  if (change.kind === "register") {
    states.set(stateKey(change.entry.partner, change.entry.id), change.entry);
    return;
  }
  const key = stateKey(change.partner, change.id);
  const entry = states.get(key);
  if (!entry) return;
  if (change.kind === "drop") states.delete(key);
  else states.set(key, { ...entry, provider: change.provider, region: change.region });
}

function callKey(requestId: string, phase: SettledCall["phase"]): string {
  return `${phase} ${requestId}`;
}

function stateKey(partner: PartnerId, id: string): string {
  return JSON.stringify([partner, id]);
}
