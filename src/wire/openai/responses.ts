/** Answers of the Responses API, whole and as the event sequence of a text stream. */

type ResponseStatus = "queued" | "in_progress" | "completed" | "incomplete" | "cancelled" | "failed";

/** What one response is made of; the request's own settings are echoed as they were given. */
export interface ResponseFacts {
  readonly id: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly model: string;
  readonly background: boolean;
  readonly store: boolean;
  readonly previousResponseId: string | null;
  readonly conversationId: string | null;
  readonly request: Readonly<Record<string, unknown>>;
}

interface ResponseUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ResponseState {
  readonly status: ResponseStatus;
  /** Seconds since 1970; null before the end. */
  readonly completedAt: number | null;
  readonly output: readonly object[];
  readonly usage: ResponseUsage | null;
}

export interface ResponseEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The response object. `output_text` is the SDK's own and never on the wire. */
export function responseObject(facts: ResponseFacts, state: ResponseState): Record<string, unknown> {
  const { request } = facts;
  return {
    id: facts.id,
    object: "response",
    created_at: facts.createdAt,
    completed_at: state.completedAt,
    status: state.status,
    background: facts.background,
    error: null,
    incomplete_details: state.status === "incomplete" ? { reason: "max_output_tokens" } : null,
    instructions: request["instructions"] ?? null,
    max_output_tokens: request["max_output_tokens"] ?? null,
    metadata: request["metadata"] ?? {},
    model: facts.model,
    output: state.output,
    parallel_tool_calls: request["parallel_tool_calls"] ?? true,
    previous_response_id: facts.previousResponseId,
    conversation: facts.conversationId === null ? null : { id: facts.conversationId },
    service_tier: "default",
    store: facts.store,
    temperature: request["temperature"] ?? 1,
    text: request["text"] ?? { format: { type: "text" } },
    tool_choice: request["tool_choice"] ?? "auto",
    tools: request["tools"] ?? [],
    top_p: request["top_p"] ?? 1,
    truncation: request["truncation"] ?? "disabled",
    usage: state.usage === null ? null : responseUsage(state.usage),
  };
}

/** The one output item of a text answer. */
export function outputMessage(
  id: string,
  text: string,
  status: "completed" | "incomplete" | "in_progress",
): { readonly id: string; readonly type: "message"; readonly [field: string]: unknown } {
  return { id, type: "message", role: "assistant", status, content: [textPart(text)] };
}

/** Events before the first text; `response` is the response without output. */
export function openingEvents(response: object, messageId: string, queued: boolean): ResponseEvent[] {
  const events: ResponseEvent[] = [{ type: "response.created", response }];
  if (queued) events.push({ type: "response.queued", response: { ...response, status: "queued" } });
  events.push(
    { type: "response.in_progress", response: { ...response, status: "in_progress" } },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { id: messageId, type: "message", role: "assistant", status: "in_progress", content: [] },
    },
    { type: "response.content_part.added", ...placeOf(messageId), part: textPart("") },
  );
  return events;
}

/** Some text. */
export function deltaEvent(messageId: string, delta: string): ResponseEvent {
  return { type: "response.output_text.delta", ...placeOf(messageId), delta, logprobs: [] };
}

/** Events after the last text; `item` is the finished output item and `response` the finished response. */
export function closingEvents(
  messageId: string,
  text: string,
  item: object,
  response: Record<string, unknown>,
): ResponseEvent[] {
  return [
    { type: "response.output_text.done", ...placeOf(messageId), text, logprobs: [] },
    { type: "response.content_part.done", ...placeOf(messageId), part: textPart(text) },
    { type: "response.output_item.done", output_index: 0, item },
    { type: `response.${String(response["status"])}`, response },
  ];
}

/** Frames an event; numbers run from 0 without a gap. No `[DONE]` follows the last. */
export function responseEvent(event: ResponseEvent, sequenceNumber: number): string {
  return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: sequenceNumber })}\n\n`;
}

function textPart(text: string): object {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

function placeOf(messageId: string): { item_id: string; output_index: 0; content_index: 0 } {
  return { item_id: messageId, output_index: 0, content_index: 0 };
}

function responseUsage(usage: ResponseUsage): object {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}
