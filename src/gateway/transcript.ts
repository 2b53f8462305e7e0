/** What passed of a stream, held in bounded memory for the estimate that is made should no report come. */

import { isJsonObject, readJson, type JsonObject } from "../domain/json.ts";
import { countTexts, outputTextOf } from "../wire/openai/estimate.ts";

/** Most calls end well before this much has passed, so that none of their events is read twice. */
const HELD_EVENT_CHARACTERS = 262_144;
/** More than the longest answer of any model; what runs on beyond it is counted as it goes. */
const HELD_TEXT_CHARACTERS = 1_048_576;

/**
 * Holds events as they came; past a bound only their text; past another only how many tokens that is. Text that is counted in
 * pieces may come to one token more at each seam.
 */
export class Transcript {
  #events: string[] = [];
  #eventCharacters = 0;
  #text = "";
  #counted = 0;
  #last: JsonObject | null = null;

  /** Takes the data of the next event. */
  add(data: string): void {
    this.#events.push(data);
    this.#eventCharacters += data.length;
    if (this.#eventCharacters >= HELD_EVENT_CHARACTERS) this.#fold();
  }

  /** Whether so much text has come that it must be counted (`count`) before more is taken. */
  get full(): boolean {
    return this.#text.length >= HELD_TEXT_CHARACTERS;
  }

  /** Counts the text that is held, and lets it go. */
  async count(): Promise<void> {
    this.#fold();
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#counted += await countTexts([text]);
  }

  /** Output tokens of all that passed; null where no output did, which says nothing of what a model made meanwhile. */
  async outputTokens(): Promise<number | null> {
    await this.count();
    return this.#counted === 0 ? null : this.#counted;
  }

  /** The last event that is a JSON object, or null. */
  lastEvent(): JsonObject | null {
    this.#fold();
    return this.#last;
  }

  #fold(): void {
    for (const event of this.#events.map(readJson)) {
      if (!isJsonObject(event)) continue;
      this.#last = event;
      this.#text += outputTextOf(event);
    }
    this.#events = [];
    this.#eventCharacters = 0;
  }
}
