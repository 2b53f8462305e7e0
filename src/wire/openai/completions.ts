/** Answers of the chat completions API, whole and as stream chunks. */

export interface ChatHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

export interface ChatChoice {
  readonly index: number;
  readonly text: string;
  readonly finish: "stop" | "length";
}

export interface ChatUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface ChunkChoice {
  readonly index: number;
  readonly delta: { readonly role?: "assistant"; readonly content?: string; readonly refusal?: null };
  readonly finish_reason: "stop" | "length" | null;
}

/** Ends every chat stream. */
export const CHAT_STREAM_END = "data: [DONE]\n\n";

/** A whole answer, choices by index; `decorate` adds what a cloud puts beside each choice. */
export function chatCompletion(
  head: ChatHead,
  choices: readonly ChatChoice[],
  usage: ChatUsage,
  decorate: (choice: object) => object,
): object {
  return {
    id: head.id,
    object: "chat.completion",
    created: head.created,
    model: head.model,
    system_fingerprint: null,
    service_tier: "default",
    choices: choices.map((choice) =>
      decorate({
        index: choice.index,
        message: { role: "assistant", content: choice.text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: choice.finish,
      }),
    ),
    usage: chatUsage(usage),
  };
}

/**
 * One event of a chat stream. `usage` is undefined when the caller did not ask for usage (no chunk then has the key), null on
 * every chunk but the last when it did. The last such chunk has no choices.
 */
export function chatChunk(
  head: ChatHead,
  choices: readonly object[],
  usage: ChatUsage | null | undefined,
): string {
  return chatEvent({
    id: head.id,
    object: "chat.completion.chunk",
    created: head.created,
    model: head.model,
    system_fingerprint: null,
    service_tier: "default",
    choices,
    ...(usage === undefined ? {} : { usage: usage === null ? null : chatUsage(usage) }),
  });
}

/** The choice that opens a stream, names the role and has no text yet. */
export function openingChoice(index: number): ChunkChoice {
  return { index, delta: { role: "assistant", content: "", refusal: null }, finish_reason: null };
}

/** A choice with some text. */
export function contentChoice(index: number, content: string): ChunkChoice {
  return { index, delta: { content }, finish_reason: null };
}

/** The choice that ends its text. */
export function finishChoice(index: number, finish: "stop" | "length"): ChunkChoice {
  return { index, delta: {}, finish_reason: finish };
}

/** Frames a chunk: chat streams name no event. */
export function chatEvent(chunk: object): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function chatUsage(usage: ChatUsage): object {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
