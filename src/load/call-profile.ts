/** What the driver asked for: the yardstick by which placement is judged, independent of what the gateway says it did. */

import type { PartnerId, WorkloadClass } from "../domain/call.ts";

/** The fields of a call that its report is broken down by. */
export interface CallProfile {
  readonly partner: PartnerId;
  /** A kind of a scenario's requests, or a step of a flow such as `session, turn 2`. */
  readonly kind: string;
  /** The class the call is, by what it asks, in the default reading. */
  readonly workload: WorkloadClass;
  /** The operation under which the serving cloud meters it. */
  readonly operation: string;
}

const CHAT = "chat.completions.create";

/** Every kind of call that the drivers make, by partner and kind; what a pair is not in this table, no driver makes. */
export const PROFILES = {
  "amazon chat": profile("amazon", "chat", "stateless", CHAT),
  "amazon stream": profile("amazon", "stream", "stateless", CHAT),
  "direct chat": profile("direct", "chat", "stateless", CHAT),
  "direct stream": profile("direct", "stream", "stateless", CHAT),
  "direct responses": profile("direct", "responses", "stateless", "responses.create"),
  "direct embeddings": profile("direct", "embeddings", "stateless", "embeddings.create"),
  "azure-direct chat": profile("azure-direct", "chat", "stateless", CHAT),
  "azure-direct stream": profile("azure-direct", "stream", "stateless", CHAT),
  "first-party stream": profile("first-party", "stream", "stateless", CHAT),
} as const;
export type SingleCall = keyof typeof PROFILES;

/** The steps of the kinds that take several calls. */
export const STEP_PROFILES = {
  firstTurn: profile("direct", "session, turn 1", "stateless", "responses.create"),
  nextTurn: profile("direct", "session, turn 2", "stateful", "responses.create"),
  trainingFile: profile("direct", "fine_tune, file", "management", "files.create"),
  trainingJob: profile("direct", "fine_tune, job", "training", "fine_tuning.jobs.create"),
} as const;

function profile(partner: PartnerId, kind: string, workload: WorkloadClass, operation: string): CallProfile {
  return Object.freeze({ partner, kind, workload, operation });
}
