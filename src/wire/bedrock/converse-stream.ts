/** Chat chunks -> ConverseStream events. */

import type { JsonObject } from "../../domain/json.ts";
import { reportsUsage } from "../openai/usage.ts";
import { chatChunkSchema, type ChatChoiceDelta, type ToolCallDelta } from "./chat-reply.ts";
import { converseUsageOf, stopReasonOf } from "./converse-usage.ts";
import type { StreamEvent } from "./event-stream.ts";

type OpenBlock =
  | { readonly kind: "none" }
  | { readonly kind: "text" }
  | { readonly kind: "tool"; readonly toolIndex: number };

/** The upstream sent a chunk that has no meaning at its place; the stream must not look whole. */
export class ChunkOutOfOrderError extends Error {
  override readonly name = "ChunkOutOfOrderError";
}

/**
 * Translates one answer. Blocks follow each other and each is closed before the next; `messageStop` and `metadata` wait
 * for `end`, so a stream that is cut never carries the mark of a finished message.
 */
export class ConverseStreamTranslator {
  #started = false;
  #block: OpenBlock = { kind: "none" };
  #blockIndex = -1;
  #lastToolIndex = -1;
  #finishReason: string | null = null;
  #usage: JsonObject | null = null;

  /** Events that one chat chunk brings, in order; throws ChunkOutOfOrderError. */
  push(chunk: JsonObject): StreamEvent[] {
    const parsed = chatChunkSchema.safeParse(chunk);
    if (!parsed.success) throw new ChunkOutOfOrderError("a chunk has no list of choices");
    // The last report counts, as for the gateway: one that cannot be true leaves no count to tell.
    if (reportsUsage(chunk)) this.#usage = converseUsageOf(chunk);
    const [choice] = parsed.data.choices;
    return choice ? this.#pushChoice(choice) : [];
  }

  /** The closing events after `[DONE]`; null when no choice ever finished, which is a cut stream. */
  end(latencyMs: number): StreamEvent[] | null {
    if (this.#finishReason === null) return null;
    const usage = this.#usage === null ? {} : { usage: this.#usage };
    return [
      event("messageStop", { stopReason: stopReasonOf(this.#finishReason) }),
      event("metadata", { ...usage, metrics: { latencyMs } }),
    ];
  }

  #pushChoice(choice: ChatChoiceDelta): StreamEvent[] {
    const events: StreamEvent[] = [];
    if (!this.#started) {
      this.#started = true;
      events.push(event("messageStart", { role: "assistant" }));
    }
    const text = choice.delta?.content ?? choice.delta?.refusal ?? "";
    if (text !== "") events.push(...this.#pushText(text));
    for (const call of choice.delta?.tool_calls ?? []) events.push(...this.#pushToolCall(call));
    if (typeof choice.finish_reason === "string") {
      events.push(...this.#closeBlock());
      this.#finishReason = choice.finish_reason;
    }
    return events;
  }

  #pushText(text: string): StreamEvent[] {
    const opening = this.#block.kind === "text" ? [] : this.#openBlock({ kind: "text" });
    return [...opening, this.#delta({ text })];
  }

  #pushToolCall(call: ToolCallDelta): StreamEvent[] {
    const events: StreamEvent[] = [];
    if (call.index > this.#lastToolIndex) {
      this.#lastToolIndex = call.index;
      events.push(...this.#openBlock({ kind: "tool", toolIndex: call.index }));
      const toolUse = { toolUseId: call.id ?? "", name: call.function?.name ?? "" };
      events.push(event("contentBlockStart", { contentBlockIndex: this.#blockIndex, start: { toolUse } }));
    } else if (this.#block.kind !== "tool" || this.#block.toolIndex !== call.index) {
      throw new ChunkOutOfOrderError(`tool call ${call.index} goes on after another block began`);
    }
    const input = call.function?.arguments ?? "";
    if (input !== "") events.push(this.#delta({ toolUse: { input } }));
    return events;
  }

  #openBlock(block: OpenBlock): StreamEvent[] {
    const closing = this.#closeBlock();
    this.#block = block;
    this.#blockIndex += 1;
    return closing;
  }

  #closeBlock(): StreamEvent[] {
    if (this.#block.kind === "none") return [];
    this.#block = { kind: "none" };
    return [event("contentBlockStop", { contentBlockIndex: this.#blockIndex })];
  }

  #delta(delta: JsonObject): StreamEvent {
    return event("contentBlockDelta", { contentBlockIndex: this.#blockIndex, delta });
  }
}

function event(name: string, payload: JsonObject): StreamEvent {
  return { kind: "event", name, payload };
}
