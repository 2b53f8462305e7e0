/** Prompts of an exact token count: words that are one o200k token each, so that counting words counts tokens. */

import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import type { Rng } from "../domain/ports.ts";

/** Gives texts of exactly `tokens` o200k tokens. */
export type PromptSource = (tokens: number) => string;

/**
 * A source of prompts that vary with `rng`. Each prompt is a slice of one long text built here, so it costs a substring and
 * no tokenizing. The source throws RangeError for a count that is not an integer from 1 to 1,000,000.
 */
export function createPromptSource(rng: Rng): PromptSource {
  const words = singleTokenWords();
  const starts = new Uint32Array(RING_TOKENS + 1);
  let ring = "";
  for (let token = 0; token < RING_TOKENS; token++) {
    starts[token] = ring.length;
    ring += `${words[Math.floor(rng.next() * words.length)]} `;
  }
  starts[RING_TOKENS] = ring.length;

  return (tokens) => {
    if (!Number.isInteger(tokens) || tokens < 1 || tokens > LONGEST_PROMPT) {
      throw new RangeError(`a prompt has 1 to ${LONGEST_PROMPT} tokens, got \`${tokens}\``);
    }
    let from = Math.floor(rng.next() * RING_TOKENS);
    let missing = tokens;
    let text = "";
    while (missing > 0) {
      const to = Math.min(from + missing, RING_TOKENS);
      text += ring.slice(starts[from], starts[to]);
      missing -= to - from;
      from = 0;
    }
    return text.slice(0, -1);
  };
}

/**
 * The words, each checked once against the tokenizer with and without a blank before it. o200k splits text before a blank
 * that precedes letters, ahead of any merging, so a text of such words with one blank between has as many tokens as words.
 */
function singleTokenWords(): readonly string[] {
  if (checkedWords !== null) return checkedWords;
  const words = WORDS.split(/\s+/).filter((word) => word !== "");
  const unfit = words.filter((word) => countTokens(word) !== 1 || countTokens(` ${word}`) !== 1);
  if (unfit.length > 0) throw new Error(`words of more than one o200k token: ${unfit.join(", ")}`);
  checkedWords = words;
  return words;
}

let checkedWords: readonly string[] | null = null;

const RING_TOKENS = 16_384;
const LONGEST_PROMPT = 1_000_000;

const WORDS = `
time year people way day man thing woman life child world school state family student group country problem
hand part place case week company system program question work government number night point home water
room mother area money story fact month lot right study book eye job word business issue side kind head
house service friend father power hour game line end member law car city community name team minute idea
body information back parent face others level office door health person art war history party result
change reason research girl moment air teacher force education foot boy age policy music market sense
nation plan college interest death experience effect use class control field development role rate heart
drug show leader light voice wife mind price report decision son view town road arm difference value
building action season tax director position player record paper space ground form event official matter
center site project star table court oil cost industry figure street image phone data picture practice
piece land product doctor wall news test love step type film tree source hair window culture chance energy
period course summer plant term letter condition choice rule south north west east bank river bridge garden
winter spring stone glass metal train ship plane forest weather storm cloud rain snow
`;
