/** Text of an exact number of o200k tokens: every word and every stop of the corpus is one token, also when joined. */

import { seededRng } from "../domain/rng.ts";

/** Each is one o200k token with a blank before it, and without. */
const OPENERS = words(
  "The This That Each Every Some Most Many Our Your When While After Before With We They You One All",
);

/** Each is one o200k token with a blank before it. */
const WORDS = words(
  `about account action active after agent all amount and another answer area back balance base because before better
  between bill both bring build business call can capacity card case change check choice clear clock cloud code common
  company complete contract control copy cost count create current customer data date day decision default design detail
  different early easy edge effect end engine entry equal every example exact fact fair field file final find first flow
  form free full future general good great group half hand head help high hold hour idea important index input inside
  issue item job just keep key kind large last later leave length level light limit line link list little live load local
  log long look low main make map mark market may measure memory message method minute model month more most move name
  need network never new next night normal note number offer often old once only open option order other output own page
  part party path people period phase place plan point policy power present price process product proof public quality
  question quick range rate reach read real reason record region report request rest result return right role room rule
  run safe same save scale search second section sell send server service set share short show side sign simple single
  site size small source space speed stage start state step still store story study support system table task team term
  test text than that the their then there thing this three through time today together token top total trade train true
  turn type under unit until update use user value version view wait want way week well what when where which while who
  whole why will with work world write year`,
);

const CORPUS_TOKENS = 4_096;
const SENTENCE_TOKENS = 12;

/** The corpus read as a ring: sentences of eleven words and a full stop. */
const pieces = buildCorpus();
const joined = pieces.join("");
const offsets = buildOffsets(pieces);

/** Where a text begins: the start of the sentence that `draw` (0 inclusive to 1 exclusive) points at. */
export function chooseStart(draw: number): number {
  return Math.floor((draw * CORPUS_TOKENS) / SENTENCE_TOKENS) * SENTENCE_TOKENS;
}

/**
 * Tokens `from` (inclusive) to `to` (exclusive) of the endless text that begins at `start`: exactly `to - from` o200k tokens.
 * Every piece opens with a blank or is a full stop, so slices join without changing the count.
 */
export function proseSlice(start: number, from: number, to: number): string {
  let text = "";
  let at = (start + from) % CORPUS_TOKENS;
  for (let left = to - from; left > 0;) {
    const taken = Math.min(left, CORPUS_TOKENS - at);
    text += joined.slice(offsets[at], offsets[at + taken]);
    left -= taken;
    at = (at + taken) % CORPUS_TOKENS;
  }
  return text;
}

function buildCorpus(): readonly string[] {
  const rng = seededRng(1);
  return Array.from({ length: CORPUS_TOKENS }, (_, index) => {
    const place = index % SENTENCE_TOKENS;
    if (place === SENTENCE_TOKENS - 1 || index === CORPUS_TOKENS - 1) return ".";
    const list = place === 0 ? OPENERS : WORDS;
    return ` ${list[Math.floor(rng.next() * list.length)] ?? "the"}`;
  });
}

function buildOffsets(pieces: readonly string[]): Uint32Array {
  const offsets = new Uint32Array(pieces.length + 1);
  for (const [index, piece] of pieces.entries()) offsets[index + 1] = (offsets[index] ?? 0) + piece.length;
  return offsets;
}

function words(list: string): readonly string[] {
  return list.split(/\s+/);
}
