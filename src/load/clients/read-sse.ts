/** Reads server-sent events as a client does (WHATWG HTML, section 9.2), for each dialect that streams so. */

import type { AnswerReader, AnswerSummary } from "./prepared.ts";
import { objectOf, parseObject, textOf, usageTold, type Json } from "./read-json.ts";

/** What one event tells a client. */
export interface EventReading {
  /** The event holds text of the answer. */
  readonly text: boolean;
  /** The object that carries usage and id, when this event does. */
  readonly summary: Json | null;
  /** The event says the answer is complete. */
  readonly last: boolean;
  readonly error: string | null;
}

/** Understands the `data` of one event; `event` is its name, empty where it has none. */
export type ReadEvent = (event: string, data: string) => EventReading;

/** A reader for an event stream. A stream that ends without its last event is an error: it was cut short. */
export function sseReader(readEvent: ReadEvent): AnswerReader {
  const decoder = new TextDecoder();
  let rest = "";
  let summary: AnswerSummary = { inputTokens: null, outputTokens: null, id: null, error: null };
  let complete = false;

  const take = (block: string): boolean => {
    const { event, data } = splitBlock(block);
    if (data === null) return false;
    const reading = readEvent(event, data);
    if (reading.summary) summary = mergeSummary(summary, reading.summary);
    if (reading.error !== null) summary = { ...summary, error: reading.error };
    complete ||= reading.last;
    return reading.text;
  };

  return {
    feed(chunk) {
      rest += decoder.decode(chunk, { stream: true });
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      let text = false;
      for (const block of blocks) text = take(block) || text;
      return text;
    },
    finish() {
      if (summary.error === null && !complete)
        return { ...summary, error: "the stream ended before its last event" };
      return summary;
    },
  };
}

/** Reads the stream of chat completions: chunks, usage in the last of them, then `[DONE]`. */
export const readChatEvent: ReadEvent = (_event, data) => {
  if (data === "[DONE]") return { text: false, summary: null, last: true, error: null };
  const chunk = parseObject(data);
  if (chunk === null) return unreadable(data);
  const choices = Array.isArray(chunk["choices"]) ? (chunk["choices"] as unknown[]) : [];
  const delta = objectOf(objectOf(choices[0])?.["delta"]);
  return {
    text: textOf(delta?.["content"]) !== null,
    summary: chunk,
    last: false,
    error: errorOf(chunk),
  };
};

/** What an event is that no dialect has. */
export function unreadable(data: string): EventReading {
  return { text: false, summary: null, last: false, error: `unreadable event \`${data.slice(0, 80)}\`` };
}

/** The message of an `error` object in an event, or null. */
function errorOf(event: Json): string | null {
  const error = event["error"];
  if (error === undefined || error === null) return null;
  return textOf(objectOf(error)?.["message"]) ?? JSON.stringify(error).slice(0, 200);
}

function splitBlock(block: string): { event: string; data: string | null } {
  let event = "";
  let data: string | null = null;
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("data:")) data = (data === null ? "" : `${data}\n`) + line.slice(5).replace(/^ /, "");
    else if (line.startsWith("event:")) event = line.slice(6).trim();
  }
  return { event, data };
}

function mergeSummary(before: AnswerSummary, holder: Json): AnswerSummary {
  const told = usageTold(holder);
  return {
    inputTokens: told.inputTokens ?? before.inputTokens,
    outputTokens: told.outputTokens ?? before.outputTokens,
    id: textOf(holder["id"]) ?? before.id,
    error: before.error,
  };
}
