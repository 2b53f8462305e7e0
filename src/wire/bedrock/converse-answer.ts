/** Chat completion -> Converse answer. */

import type { JsonObject, JsonValue } from "../../domain/json.ts";
import { chatCompletionSchema } from "./chat-reply.ts";
import { converseUsageOf, stopReasonOf } from "./converse-usage.ts";

export type ConverseAnswer =
  | { readonly kind: "translated"; readonly body: JsonObject }
  /** The model's answer cannot be said in Converse; for a ModelErrorException. */
  | { readonly kind: "untranslatable"; readonly message: string };

/** Builds the Converse answer; a refusal of the model reads as its text. `latencyMs` is what the caller waited for. */
export function converseAnswerOf(completion: JsonObject, latencyMs: number): ConverseAnswer {
  const parsed = chatCompletionSchema.safeParse(completion);
  if (!parsed.success) return { kind: "untranslatable", message: "the model's answer has no usable choice" };
  const { message, finish_reason: finishReason } = parsed.data.choices[0];
  const content: JsonObject[] = [];
  const text = message.content ?? message.refusal;
  if (text !== null && text !== undefined) content.push({ text });
  for (const call of message.tool_calls ?? []) {
    const input = parseArguments(call.function.arguments);
    if (input === undefined) {
      return {
        kind: "untranslatable",
        message: `the arguments of tool \`${call.function.name}\` are not JSON`,
      };
    }
    content.push({ toolUse: { toolUseId: call.id, name: call.function.name, input } });
  }
  const usage = converseUsageOf(completion);
  return {
    kind: "translated",
    body: {
      output: { message: { role: "assistant", content } },
      stopReason: stopReasonOf(finishReason),
      ...(usage === null ? {} : { usage }),
      metrics: { latencyMs },
    },
  };
}

/** A call without arguments arrives as an empty text from some models. */
function parseArguments(text: string): JsonValue | undefined {
  if (text === "") return {};
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
