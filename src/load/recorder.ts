/** Collects what the drivers saw: counts, token sums, latencies, and the ids to join with the clouds' meters. */

import type { CallProfile } from "./call-profile.ts";
import type { CallResult } from "./clients/prepared.ts";

/** What a driver was told about one ended call. Times in milliseconds; null where not measured. */
export interface EndedCall {
  readonly profile: CallProfile;
  readonly status: number;
  readonly requestId: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly error: string | null;
  /** From sending to the last byte. */
  readonly serviceMs: number;
  /** From the scheduled time to the last byte: what a user of an open system waits. */
  readonly responseMs: number | null;
  readonly firstTokenMs: number | null;
  /** From the scheduled time to sending: the generator's own lateness. */
  readonly scheduleDelayMs: number | null;
}

/** A call under its id: what was asked, and whether it was answered in full. */
export interface AskedCall {
  readonly profile: CallProfile;
  readonly answered: boolean;
}

export interface Recording {
  readonly calls: number;
  readonly answered: number;
  /** Answered calls without a request id, which no meter can vouch for. */
  readonly withoutId: number;
  /** Sums over answered calls; an untold count adds to `untold` and to no sum. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly untold: number;
  /** How calls failed, the commonest first. */
  readonly failures: readonly { readonly what: string; readonly calls: number }[];
  /** Milliseconds of answered calls, unsorted; empty where nothing was measured. */
  readonly serviceMs: readonly number[];
  readonly responseMs: readonly number[];
  readonly firstTokenMs: readonly number[];
  readonly scheduleDelayMs: readonly number[];
  readonly asked: ReadonlyMap<string, AskedCall>;
  /** Ids that two answers carried: the gateway must give each call its own. */
  readonly repeatedIds: readonly string[];
}

export interface Recorder {
  record(call: EndedCall): void;
  /** What was recorded so far, as a live view. */
  recording(): Recording;
}

/** An empty recorder. Per call it keeps four numbers and an id, never a body. */
export function createRecorder(): Recorder {
  const failures = new Map<string, number>();
  const asked = new Map<string, AskedCall>();
  const times = { serviceMs: [], responseMs: [], firstTokenMs: [], scheduleDelayMs: [] } as Record<
    TimeName,
    number[]
  >;
  const sums = { calls: 0, answered: 0, withoutId: 0, inputTokens: 0, outputTokens: 0, untold: 0 };
  const repeatedIds: string[] = [];
  const askedOf = createAskedCache();

  return {
    record(call) {
      sums.calls++;
      const answered = call.error === null && call.status >= 200 && call.status < 300;
      if (call.requestId !== null) {
        if (asked.has(call.requestId)) repeatedIds.push(call.requestId);
        asked.set(call.requestId, askedOf(call.profile, answered));
      }
      if (!answered) {
        const what = `${call.profile.partner} ${call.profile.kind}: ${call.error ?? `status ${call.status}`}`;
        if (failures.size < MOST_FAILURE_TEXTS || failures.has(what))
          failures.set(what, (failures.get(what) ?? 0) + 1);
        else failures.set(OTHER_FAILURES, (failures.get(OTHER_FAILURES) ?? 0) + 1);
        return;
      }
      sums.answered++;
      if (call.requestId === null) sums.withoutId++;
      if (call.inputTokens === null || call.outputTokens === null) sums.untold++;
      sums.inputTokens += call.inputTokens ?? 0;
      sums.outputTokens += call.outputTokens ?? 0;
      for (const name of TIME_NAMES) {
        const value = call[name];
        if (value !== null) times[name].push(value);
      }
    },
    recording: () => ({
      ...sums,
      ...times,
      asked,
      repeatedIds,
      failures: [...failures]
        .map(([what, calls]) => ({ what, calls }))
        .sort((a, b) => b.calls - a.calls || (a.what < b.what ? -1 : 1)),
    }),
  };
}

/** What one call of an own client comes to, for the recorder. `scheduled` says whether a schedule asked for it. */
export function endedCall(profile: CallProfile, result: CallResult, scheduled: boolean): EndedCall {
  const { scheduledAtMs, sentAtMs, firstTokenAtMs, endedAtMs } = result.timings;
  return {
    profile,
    status: result.status,
    requestId: result.requestId,
    // Embeddings answer without output tokens, which is none rather than unknown.
    inputTokens: result.inputTokens,
    outputTokens: profile.operation === "embeddings.create" ? 0 : result.outputTokens,
    error: result.error,
    serviceMs: endedAtMs - sentAtMs,
    responseMs: scheduled ? endedAtMs - scheduledAtMs : null,
    firstTokenMs: firstTokenAtMs === null ? null : firstTokenAtMs - sentAtMs,
    scheduleDelayMs: scheduled ? sentAtMs - scheduledAtMs : null,
  };
}

const TIME_NAMES = ["serviceMs", "responseMs", "firstTokenMs", "scheduleDelayMs"] as const;
type TimeName = (typeof TIME_NAMES)[number];

/** Error texts come from elsewhere and may differ by call: their list stays bounded. */
const MOST_FAILURE_TEXTS = 50;
const OTHER_FAILURES = "other failures";

/** One object for all calls of a profile, so that a million ids share a dozen. */
function createAskedCache(): (profile: CallProfile, answered: boolean) => AskedCall {
  const known = new Map<CallProfile, { yes: AskedCall; no: AskedCall }>();
  return (profile, answered) => {
    let pair = known.get(profile);
    if (!pair)
      known.set(profile, (pair = { yes: { profile, answered: true }, no: { profile, answered: false } }));
    return answered ? pair.yes : pair.no;
  };
}
