/** Reading the gateway's answers: whole JSON within a bound, and chat streams that tell a finished one from a cut one. */

import { isJsonObject, type JsonObject, type JsonValue } from "../domain/json.ts";
import { parseJson } from "../wire/openai/json.ts";
import { SseSplitter } from "../wire/openai/sse.ts";
import type { GatewayAnswer } from "./gateway-client.ts";

/** The gateway's answer broke off, was too large, or made no sense; the caller must not take it for whole. */
export class BrokenAnswerError extends Error {
  override readonly name = "BrokenAnswerError";
}

/** Answers are bounded by the output cap of the models; this is far above it. */
const ANSWER_LIMIT_BYTES = 16 * 1_048_576;

/** The answer's body as a JSON object; throws BrokenAnswerError when it is cut, too large or something else. */
export async function readJsonAnswer(answer: GatewayAnswer): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > ANSWER_LIMIT_BYTES) break;
    }
  } catch (cause) {
    throw new BrokenAnswerError("the gateway's answer broke off", { cause });
  }
  if (size > ANSWER_LIMIT_BYTES) throw new BrokenAnswerError("the gateway's answer is too large");
  return asJsonObject(Buffer.concat(chunks));
}

/** The `message` and `code` of an OpenAI error body, with a plain substitute when there are none. */
export async function readErrorAnswer(answer: GatewayAnswer): Promise<{ message: string; code: string }> {
  const substitute = { message: `the gateway answered with status ${answer.status}`, code: "upstream_error" };
  try {
    const { error } = await readJsonAnswer(answer);
    if (!isJsonObject(error)) return substitute;
    const { message, code } = error;
    return {
      message: typeof message === "string" ? message : substitute.message,
      code: typeof code === "string" ? code : substitute.code,
    };
  } catch (error) {
    if (error instanceof BrokenAnswerError) return substitute;
    throw error;
  }
}

/**
 * The chunks of a chat stream, in order, up to `[DONE]`. Throws BrokenAnswerError when the stream is cut, ends without
 * `[DONE]`, or carries an error event. Reads on to the end after `[DONE]`: leaving early would look like an abort.
 */
export async function* readChatChunks(answer: GatewayAnswer): AsyncGenerator<JsonObject> {
  const splitter = new SseSplitter();
  let complete = false;
  try {
    for await (const bytes of answer.body as AsyncIterable<Buffer>) {
      for (const frame of splitter.push(bytes)) {
        if (frame.data === "[DONE]") complete = true;
        else if (!complete) yield readChunk(frame.data);
      }
    }
  } catch (cause) {
    if (cause instanceof BrokenAnswerError) throw cause;
    throw new BrokenAnswerError("the gateway's stream broke off", { cause });
  }
  if (!complete) throw new BrokenAnswerError("the gateway's stream ended before it was complete");
}

function readChunk(data: string): JsonObject {
  const chunk = asJsonObject(Buffer.from(data));
  if (chunk["error"]) throw new BrokenAnswerError(describeStreamError(chunk["error"]));
  return chunk;
}

function describeStreamError(error: JsonValue): string {
  const message = isJsonObject(error) ? error["message"] : null;
  return typeof message === "string" ? message : "the gateway reported an error in its stream";
}

function asJsonObject(bytes: Buffer): JsonObject {
  const reading = parseJson(bytes);
  if (reading.kind === "ok" && isJsonObject(reading.value)) return reading.value;
  throw new BrokenAnswerError("the gateway's answer is not a JSON object");
}
