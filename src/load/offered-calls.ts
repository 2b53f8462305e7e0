/** What a load run would send, without sending it: each kind of call, how many of them, how large. */

import type { Rng } from "../domain/ports.ts";
import type { SingleCall, STEP_PROFILES } from "./call-profile.ts";
import { TRAINING_EXAMPLES } from "./clients/partner-clients.ts";
import { drawCall } from "./replay-mix.ts";
import { singleCallOf, type Scenario, type ScenarioFlow, type ScenarioRequest } from "./scenario.ts";
import type { Arrival } from "./trace.ts";

/** A single call, or a step of a flow. */
export type OfferedKind = SingleCall | keyof typeof STEP_PROFILES;

export interface OfferedCall {
  readonly kind: OfferedKind;
  /** At least 1. */
  readonly calls: number;
  /** Of one call, as the cloud counts them; null where no model answers it. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Tokens of the training file of one job, each epoch of which counts anew; null for all but jobs. */
  readonly fileTokens: number | null;
}

/**
 * The calls of a scenario over its whole duration. How fast its closed loop turns depends on the system it drives, so a request's
 * weight is taken as its calls a second: about what the shipped scenario reaches when latency is not sped up.
 */
export function offeredByScenario({ requests, flows, durationSeconds }: Scenario): readonly OfferedCall[] {
  return [
    ...requests.map((request) => offeredByRequest(request, durationSeconds)),
    ...flows.flatMap((flow) => offeredByFlow(flow, durationSeconds)),
  ];
}

/** The calls of a replay; equal draws of `rng` give each arrival to the same partner as the replay itself does. */
export function offeredByArrivals(arrivals: Iterable<Arrival>, rng: Rng): readonly OfferedCall[] {
  return Array.from(arrivals, ({ inputTokens, outputTokens }) => ({
    kind: drawCall(rng),
    calls: 1,
    inputTokens,
    outputTokens,
    fileTokens: null,
  }));
}

function offeredByRequest(request: ScenarioRequest, seconds: number): OfferedCall {
  const kind = singleCallOf(request);
  return {
    kind,
    calls: Math.max(1, Math.round(request.weight * seconds)),
    inputTokens: request.inputTokens,
    outputTokens: kind === "direct embeddings" ? 0 : request.outputTokens,
    fileTokens: null,
  };
}

/** The training file's examples each end in an answer of one token. */
const ANSWER_TOKENS = 1;

function offeredByFlow(flow: ScenarioFlow, seconds: number): readonly OfferedCall[] {
  const { kind, perSecond, inputTokens, outputTokens } = flow;
  const calls = Math.max(1, Math.ceil(perSecond * seconds));
  switch (kind) {
    case "session": {
      // The second turn is charged for what the first one left, too.
      const history = inputTokens + outputTokens;
      return [
        { kind: "firstTurn", calls, inputTokens, outputTokens, fileTokens: null },
        { kind: "nextTurn", calls, inputTokens: history + inputTokens, outputTokens, fileTokens: null },
      ];
    }
    case "fine_tune": {
      const none = { inputTokens: null, outputTokens: null };
      const fileTokens = TRAINING_EXAMPLES * (inputTokens + ANSWER_TOKENS);
      return [
        { kind: "trainingFile", calls, ...none, fileTokens: null },
        { kind: "trainingJob", calls, ...none, fileTokens },
      ];
    }
  }
}
