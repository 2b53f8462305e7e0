/** The token count that the mock clouds report and that estimates go by: o200k over the text alone, no message framing. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";

/** `<|endoftext|>` and its like are plain text in a user's mouth: none is allowed to act, none is refused. */
const AS_PLAIN_TEXT = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

/**
 * Byte-pair merging is quadratic in the length of one unbroken run (100,000 letters take 3 s), so a longer run is counted in
 * slices of this many characters. A departure from o200k of at most one token a slice, on text that no one writes.
 */
const LONGEST_RUN = 256;
const RUNS = /[\p{L}\p{M}]+|\p{N}+|\s+|[^\s\p{L}\p{M}\p{N}]+/gu;

/** The most that is counted in one turn of the event loop: about 70 ms of the hardest text. */
const TURN_CHARACTERS = 32_768;

/** Sum of the o200k tokens of each text. Long texts are counted a piece per turn, so that other calls go on meanwhile. */
export async function countAllTokens(texts: readonly string[]): Promise<number> {
  let total = 0;
  let sinceTurn = 0;
  for (const text of texts) {
    for (const piece of cutAtBlanks(text)) {
      if (sinceTurn + piece.length > TURN_CHARACTERS && sinceTurn > 0) {
        await nextTurn();
        sinceTurn = 0;
      }
      sinceTurn += piece.length;
      total += countTokens(piece);
    }
  }
  return total;
}

/** Cuts before a blank that follows no blank: o200k never merges across that place, so the counts add up. */
function* cutAtBlanks(text: string): Generator<string> {
  let start = 0;
  while (text.length - start > TURN_CHARACTERS) {
    let cut = start + TURN_CHARACTERS;
    while (cut > start && !(text[cut] === " " && isInk(text[cut - 1]))) cut -= 1;
    if (cut === start) cut = start + TURN_CHARACTERS;
    yield text.slice(start, cut);
    start = cut;
  }
  yield start === 0 ? text : text.slice(start);
}

function isInk(character: string | undefined): boolean {
  return character !== undefined && classOf(character.charCodeAt(0)) !== 0;
}

/** o200k tokens of `text`; 0 for the empty text. Blocks for its whole length: for long texts see `countAllTokens`. */
export function countTokens(text: string): number {
  if (text.length <= LONGEST_RUN || !mayHoldLongRun(text)) return countO200k(text, AS_PLAIN_TEXT);
  let total = 0;
  for (const slice of cutLongRuns(text)) total += countO200k(slice, AS_PLAIN_TEXT);
  return total;
}

/** Cheap and never wrong on the safe side: a long run of one class always crosses a whole window of that class. */
function mayHoldLongRun(text: string): boolean {
  let runStart = 0;
  let runClass = -1;
  for (let at = 0; at < text.length; at += 1) {
    const charClass = classOf(text.charCodeAt(at));
    if (charClass === runClass) continue;
    if (at - runStart > LONGEST_RUN) return true;
    runStart = at;
    runClass = charClass;
  }
  return text.length - runStart > LONGEST_RUN;
}

/** Blank, digit, letter (every non-ASCII character counts as one), other: the tokenizer never merges across blanks or digits. */
function classOf(code: number): number {
  if (code === 32 || (code >= 9 && code <= 13)) return 0;
  if (code >= 48 && code <= 57) return 1;
  if (code > 127 || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)) return 2;
  return 3;
}

function* cutLongRuns(text: string): Generator<string> {
  let start = 0;
  for (const match of text.matchAll(RUNS)) {
    const runEnd = match.index + match[0].length;
    for (let cut = match.index + LONGEST_RUN; cut < runEnd; cut += LONGEST_RUN) {
      yield text.slice(start, cut);
      start = cut;
    }
  }
  yield text.slice(start);
}
