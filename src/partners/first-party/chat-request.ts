/** What `POST /chat` takes. */

import { z } from "zod";

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
