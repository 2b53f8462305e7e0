/** What a mock model says, and in exactly how many tokens. */

import type { Rng } from "../domain/ports.ts";
import { countTokens } from "../wire/openai/tokens.ts";
import { chooseStart, proseSlice } from "./prose.ts";
import { drawLogNormal } from "./rng.ts";

export interface Answer {
  readonly tokenCount: number;
  /** `length` when a cap was given, since a cap is always filled. */
  readonly finish: "stop" | "length";
  /** What is recalled from earlier turns; may be empty. */
  readonly head: string;
  readonly headTokens: number;
  readonly proseStart: number;
}

const MEDIAN_SENTENCES = 4;
const MOST_SENTENCES = 40;
const SENTENCE_TOKENS = 12;

/**
 * Composes an answer. A cap (in tokens) is filled exactly: what is recalled, if it fits, then prose. Without a cap the answer is
 * what is recalled, or a few sentences, as many as the generator draws.
 */
export function composeAnswer(capTokens: number | null, recalled: string | null, rng: Rng): Answer {
  const recalledTokens = recalled === null ? 0 : countTokens(recalled);
  const fits = capTokens === null || recalledTokens <= capTokens;
  const head = fits ? (recalled ?? "") : "";
  const headTokens = fits ? recalledTokens : 0;
  return {
    tokenCount: capTokens ?? (headTokens > 0 ? headTokens : drawLength(rng)),
    finish: capTokens === null ? "stop" : "length",
    head,
    headTokens,
    proseStart: chooseStart(rng.next()),
  };
}

/** The text of tokens `from` (inclusive) to `to` (exclusive); what is recalled comes out whole, with its last token. */
export function answerSlice(answer: Answer, from: number, to: number): string {
  const head = from < answer.headTokens && to >= answer.headTokens ? answer.head : "";
  const prose = proseSlice(
    answer.proseStart,
    Math.max(0, from - answer.headTokens),
    Math.max(0, to - answer.headTokens),
  );
  return from === 0 && head === "" ? prose.trimStart() : head + prose;
}

/** The whole text. */
export function answerText(answer: Answer): string {
  return answerSlice(answer, 0, answer.tokenCount);
}

function drawLength(rng: Rng): number {
  const sentences = Math.round(MEDIAN_SENTENCES * drawLogNormal(rng, 0.6));
  return SENTENCE_TOKENS * Math.min(MOST_SENTENCES, Math.max(1, sentences));
}
