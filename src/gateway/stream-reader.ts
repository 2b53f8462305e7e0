/** Reading a model's event stream as it passes: what to forward, what to hold back, what it says about usage. */

import { isJsonObject, readJson, type JsonObject } from "../domain/json.ts";
import { encodeSse, type SseFrame } from "../wire/openai/sse.ts";
import { reportsUsage } from "../wire/openai/usage.ts";

/** What to do with one event. */
export type Passage =
  | { readonly kind: "forward"; readonly text: string }
  /** Not what the caller asked for. */
  | { readonly kind: "drop" }
  /** The end of the answer: released only after the commit. */
  | { readonly kind: "hold"; readonly text: string }
  /** The upstream reports a failure inside the stream. */
  | { readonly kind: "failure"; readonly text: string };

export interface StreamReader {
  read(frame: SseFrame): Passage;
  /**
   * The last usage-bearing object: a chat chunk with `usage`, or the final response; null when none came. One that cannot be
   * read stands here with a `usage` that is no object, which disputes the call: it is no silence, and must not be guessed at.
   */
  readonly report: JsonObject | null;
  /** True once the stream said that it is complete. */
  readonly complete: boolean;
  /** True once a token of visible output has passed. */
  readonly sawToken: boolean;
}

/** Any usage but null, whatever it is. */
const USAGE_REPORT = /"usage"\s*:(?!\s*null\b)/;
const UNREADABLE = "unreadable";
const NO_USAGE_YET = /,\s*"usage"\s*:\s*null/;
const ERROR_EVENT = /^\{\s*"error"\s*:\s*\{/;

/**
 * Chat streams (OpenAI reference, chat completions, streaming): usage is always asked for upstream, so when the caller did not ask, the usage chunk is
 * dropped and `"usage":null` cut out of the others. `[DONE]` is the end.
 */
export function readChatStream(usageRequested: boolean): StreamReader {
  return trackStream((frame, seen) => {
    const { data } = frame;
    if (data === "[DONE]") {
      seen.complete = true;
      return { kind: "hold", text: encodeSse(frame) };
    }
    if (isFailure(frame)) return { kind: "failure", text: encodeSse(frame) };
    seen.sawToken ||= /"content":"[^"]/.test(data);
    // Inside a JSON string the quotes would be escaped, so these matches can only be keys.
    if (USAGE_REPORT.test(data)) {
      const chunk = parseObject(data);
      if (chunk === null) seen.report = { usage: UNREADABLE };
      else if (reportsUsage(chunk)) seen.report = chunk;
      return usageRequested ? { kind: "forward", text: encodeSse(frame) } : withoutUsage(frame, chunk);
    }
    const text = usageRequested ? data : data.replace(NO_USAGE_YET, "");
    return { kind: "forward", text: encodeSse({ event: frame.event, data: text }) };
  });
}

function withoutUsage(frame: SseFrame, chunk: JsonObject | null): Passage {
  if (!chunk || !Array.isArray(chunk["choices"]) || chunk["choices"].length === 0) return { kind: "drop" };
  const { usage: _removed, ...rest } = chunk;
  return { kind: "forward", text: encodeSse({ event: frame.event, data: JSON.stringify(rest) }) };
}

const TERMINAL_EVENTS = new Set(["response.completed", "response.incomplete", "response.failed"]);

/** Responses streams (OpenAI reference, responses, streaming events): usage stands in the final event, which is the end; there is no `[DONE]`. */
export function readResponsesStream(): StreamReader {
  return trackStream((frame, seen) => {
    seen.sawToken ||= frame.event === "response.output_text.delta";
    if (frame.event !== null && TERMINAL_EVENTS.has(frame.event)) {
      const final = parseObject(frame.data)?.["response"];
      // What began is known, and how it ended; what it used is not.
      const unreadable = { ...seen.report, status: frame.event.slice("response.".length), usage: UNREADABLE };
      seen.report = isJsonObject(final) ? final : unreadable;
      seen.complete = true;
      return { kind: "hold", text: encodeSse(frame) };
    }
    // A background run answers with its first events and goes on without us; its id is needed at once.
    if (frame.event === "response.created") {
      const created = parseObject(frame.data)?.["response"];
      if (isJsonObject(created)) seen.report = created;
    }
    if (isFailure(frame)) return { kind: "failure", text: encodeSse(frame) };
    return { kind: "forward", text: encodeSse(frame) };
  });
}

/** A reader whose state only `read` changes. */
function trackStream(read: (frame: SseFrame, seen: Seen) => Passage): StreamReader {
  const seen: Seen = { report: null, complete: false, sawToken: false };
  return {
    read: (frame) => read(frame, seen),
    get report() {
      return seen.report;
    },
    get complete() {
      return seen.complete;
    },
    get sawToken() {
      return seen.sawToken;
    },
  };
}

type Seen = { -readonly [Key in "report" | "complete" | "sawToken"]: StreamReader[Key] };

function isFailure(frame: SseFrame): boolean {
  return frame.event === "error" || ERROR_EVENT.test(frame.data);
}

function parseObject(data: string): JsonObject | null {
  const value = readJson(data);
  return isJsonObject(value) ? value : null;
}
