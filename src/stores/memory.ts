/** The ledger store in memory: the model that the durable engines are checked against, and the store of short tests. */

import type { PartnerId } from "../domain/call.ts";
import type { SettledCall } from "../domain/ledger.ts";
import type { StateChange, StateEntry } from "../domain/state.ts";
import { assertSettled } from "../ledger/invariant.ts";
import { loggedRowOf } from "../ledger/logged-call.ts";
import { summarise } from "../ledger/summarise.ts";
import { totalsOf } from "../ledger/totals.ts";
import { foldTraffic } from "../ledger/traffic.ts";
import { closedError, LedgerConflictError } from "./ledger-error.ts";
import { pendingRowOf } from "./pending-job.ts";
import type { LedgerReader, LedgerStore } from "./store.ts";

/** A store that is its own reader, there being no file that another could open. */
export interface MemoryStore extends LedgerStore, Pick<LedgerReader, "findCall" | "traffic"> {}

/** An empty ledger that lives as long as the process. */
export function openMemoryStore(): MemoryStore {
  const calls = new Map<string, SettledCall>();
  const states = new Map<string, StateEntry>();
  let open = true;
  const assertOpen = (): void => {
    if (!open) throw closedError();
  };

  return {
    settle: async (call) => {
      assertOpen();
      assertSettled(call);
      const key = callKey(call.requestId, call.phase);
      const known = calls.get(key);
      if (known) {
        if (contentOf(known) !== contentOf(call)) throw new LedgerConflictError(call.requestId, call.phase);
        return;
      }
      calls.set(key, call);
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
      return [...calls.values()]
        .filter(({ requestId }) => !calls.has(callKey(requestId, "completion")))
        .map(pendingRowOf)
        .filter((row) => row !== null);
    },
    summary: async () => {
      assertOpen();
      return summarise(calls.values());
    },
    totals: async () => {
      assertOpen();
      return totalsOf(summarise(calls.values()));
    },
    findCall: (requestId) => {
      assertOpen();
      const answer = calls.get(callKey(requestId, "answer"));
      const completion = calls.get(callKey(requestId, "completion"));
      if (!answer) return null;
      return {
        requestId,
        answer: loggedRowOf(answer),
        completion: completion ? loggedRowOf(completion) : null,
      };
    },
    traffic: () => {
      assertOpen();
      return foldTraffic(calls.values());
    },
    close: async () => {
      open = false;
    },
  };
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

/** Everything a call says except when it was recorded, as text that does not depend on the order of keys. */
function contentOf(call: SettledCall): string {
  return JSON.stringify({ ...call, recordedAtMs: 0 }, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
