/** What chat and responses share: from a request to the answer and its timeline. */

import { composeAnswer, type Answer } from "../answer.ts";
import type { CloudModel } from "../cloud-model.ts";
import { invalidValue } from "../cloud-error.ts";
import { drawTimeline, type Timeline } from "../latency.ts";
import { seededRng } from "../../domain/rng.ts";
import { deriveSeed } from "../rng.ts";
import type { CloudService } from "../service.ts";

export interface Generation {
  readonly model: CloudModel;
  readonly promptTokens: number;
  /** One per choice. */
  readonly answers: readonly Answer[];
  /** Tokens of all choices. */
  readonly outputTokens: number;
  /** Of the longest choice: choices are generated side by side. */
  readonly timeline: Timeline;
}

/** Composes `choices` answers; the same seed and the same `bytes` give the same answers and the same timeline. */
export function generate(
  service: CloudService,
  call: {
    readonly model: CloudModel;
    readonly bytes: Buffer;
    readonly promptTokens: number;
    readonly capTokens: number | null;
    readonly recalled: string | null;
    readonly choices: number;
  },
): Generation {
  const rng = seededRng(deriveSeed(service.seed, call.bytes));
  const answers = Array.from({ length: call.choices }, () =>
    composeAnswer(call.capTokens, call.recalled, rng),
  );
  const longest = answers.reduce((most, { tokenCount }) => Math.max(most, tokenCount), 0);
  const timeline = drawTimeline(
    {
      preset: call.model.latencyPreset,
      promptTokens: call.promptTokens,
      outputTokens: longest,
      filtered: service.dialect.filtersContent,
    },
    rng,
  );
  return {
    model: call.model,
    promptTokens: call.promptTokens,
    answers,
    outputTokens: answers.reduce((sum, { tokenCount }) => sum + tokenCount, 0),
    timeline,
  };
}

/** An output cap from a field of the body: null when absent; throws 400 for anything but 1 to the model's most. */
export function readCap(value: unknown, param: string, model: CloudModel): number | null {
  if (value === undefined || value === null) return null;
  return readInteger(value, param, 1, model.maxOutputTokens);
}

/** An integer in a range; throws 400 for anything else. */
export function readInteger(value: unknown, param: string, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidValue(param, `invalid \`${param}\`: expected an integer from ${least} to ${most}`);
}
