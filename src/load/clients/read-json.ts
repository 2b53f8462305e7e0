/** Reads answers that are one JSON document, in the OpenAI and the Bedrock spelling of usage. */

import type { AnswerReader, AnswerSummary } from "./prepared.ts";

export type Json = Readonly<Record<string, unknown>>;

/** A reader for one JSON document. It counts as an answer with its last byte, so its first token is its end. */
export function jsonReader(): AnswerReader {
  const chunks: Uint8Array[] = [];
  return {
    feed(chunk) {
      chunks.push(chunk);
      return false;
    },
    finish() {
      const document = parseObject(Buffer.concat(chunks).toString("utf8"));
      if (document === null)
        return { inputTokens: null, outputTokens: null, id: null, error: "the answer is no JSON object" };
      return { ...usageTold(document), id: textOf(document["id"]), error: null };
    },
  };
}

/** The object that `text` spells, or null. */
export function parseObject(text: string): Json | null {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return null;
  }
}

/** `value` if it is an object, else null. */
export function objectOf(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

/** `value` if it is a text with at least one character, else null. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/**
 * The tokens that `usage` of `holder` tells the client. This reading is the load generator's own, apart from the gateway's
 * and the clouds', so that one mistake in theirs cannot hide itself here.
 */
export function usageTold(holder: Json): Pick<AnswerSummary, "inputTokens" | "outputTokens"> {
  const usage = objectOf(holder["usage"]) ?? {};
  return {
    inputTokens: countOf(usage["prompt_tokens"] ?? usage["input_tokens"] ?? usage["inputTokens"]),
    outputTokens: countOf(usage["completion_tokens"] ?? usage["output_tokens"] ?? usage["outputTokens"]),
  };
}

function countOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
