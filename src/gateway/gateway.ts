/** What a running gateway holds; handed to each step of a call. */

import type { Logger } from "pino";
import type { Clock } from "../domain/ports.ts";
import type { LedgerStore } from "../stores/store.ts";
import type { OpenedNotes } from "./opened-notes.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Health } from "./health.ts";
import type { HandOvers } from "./hand-over.ts";
import type { InForce } from "./in-force.ts";
import type { JobFollower } from "./job-follower.ts";
import type { Upstreams } from "./upstream.ts";

/** Sizes and times a call may take; all finite. */
export interface GatewayLimits {
  readonly maxBodyBytes: number;
  readonly maxUploadBytes: number;
  readonly bodyTimeoutMs: number;
  /** Streams must begin within this; a whole answer may take `totalTimeoutMs`. */
  readonly firstByteTimeoutMs: number;
  /** Longest pause inside an upstream's answer. */
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** How long a call that its client left is read on under the `drain` policy. */
  readonly drainTimeoutMs: number;
  readonly maxChoices: number;
  readonly maxEmbeddingInputs: number;
  readonly maxEmbeddingTokens: number;
  readonly maxEmbeddingCharacters: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  maxBodyBytes: 4 * 1_048_576,
  maxUploadBytes: 512 * 1_048_576,
  bodyTimeoutMs: 30_000,
  firstByteTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
  totalTimeoutMs: 600_000,
  drainTimeoutMs: 60_000,
  maxChoices: 8,
  // OpenAI documents 2,048 inputs and 300,000 tokens a request, about four characters each.
  maxEmbeddingInputs: 2_048,
  maxEmbeddingTokens: 300_000,
  maxEmbeddingCharacters: 1_200_000,
};

export interface Gateway {
  /** Replaced whole by a reload; whoever begins a piece of work takes it once and keeps it to the end. */
  inForce: InForce;
  readonly upstreams: Upstreams;
  readonly health: Health;
  readonly handOvers: HandOvers;
  readonly jobs: JobFollower;
  readonly store: LedgerStore;
  readonly notes: OpenedNotes;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  /** Calls answered without being placed, since the start. */
  refusedCalls: number;
  /** Why no new call may start, if so: shutting down, or the ledger cannot write. */
  closed: "no" | "shutting_down" | "ledger_unavailable";
}
