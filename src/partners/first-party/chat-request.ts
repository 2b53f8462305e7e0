/** What `POST /chat` takes, and what the gateway is asked for it. */

import { z } from "zod";
import type { JsonObject } from "../../domain/json.ts";
import type { Turn } from "./sessions.ts";

const chatRequestSchema = z.strictObject({
  session: z.string().min(1).max(64).optional(),
  message: z.string().min(1).max(1_000_000),
  max_completion_tokens: z.int().min(1).optional(),
  model: z.string().min(1).max(128).optional(),
});
export type ChatRequest = z.infer<typeof chatRequestSchema>;

export type ChatRequestReading =
  | { readonly kind: "read"; readonly request: ChatRequest }
  | { readonly kind: "invalid"; readonly message: string };

/** Reads a parsed body; the message names the first member at fault. */
export function readChatRequest(body: unknown): ChatRequestReading {
  const parsed = chatRequestSchema.safeParse(body);
  if (parsed.success) return { kind: "read", request: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join(".") ?? "";
  const what = issue?.message ?? "not a chat request";
  return { kind: "invalid", message: where === "" ? what : `${where}: ${what}` };
}

/** The chat completions body of one turn. No system prompt: the tokens of a turn are exactly those of the messages. */
export function chatBodyOf(request: ChatRequest, history: readonly Turn[], defaultModel: string): JsonObject {
  const messages = [...history, { role: "user", content: request.message }].map((turn) => ({ ...turn }));
  const cap = request.max_completion_tokens;
  return {
    model: request.model ?? defaultModel,
    messages,
    ...(cap === undefined ? {} : { max_completion_tokens: cap }),
    stream: true,
    stream_options: { include_usage: true },
  };
}
