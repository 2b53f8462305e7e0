/** Chat streams of the gateway as Bedrock event streams. */

import type { JsonObject, JsonValue } from "../../domain/json.ts";
import { ChunkOutOfOrderError, ConverseStreamTranslator } from "../../wire/bedrock/converse-stream.ts";
import { encodeStreamEvent, type StreamEvent } from "../../wire/bedrock/event-stream.ts";
import { asksForUsage, InvokeStreamTranslator } from "../../wire/bedrock/invoke-model.ts";
import type { GatewayAnswer } from "../gateway-client.ts";
import { BrokenAnswerError, readChatChunks } from "../read-gateway.ts";

/** Frames of ConverseStream; `elapsedMs` counts from when the gateway was asked. */
export function conversationFrames(answer: GatewayAnswer, elapsedMs: () => number): AsyncGenerator<Buffer> {
  const translator = new ConverseStreamTranslator();
  return frames(answer, {
    push: (chunk) => translator.push(chunk),
    end: () => translator.end(elapsedMs()),
  });
}

/** Frames of InvokeModelWithResponseStream; `asked` is the caller's body, which says whether it wants usage chunks. */
export function invocationFrames(
  answer: GatewayAnswer,
  asked: JsonValue,
  elapsedMs: () => number,
): AsyncGenerator<Buffer> {
  const translator = new InvokeStreamTranslator(asksForUsage(asked));
  let firstByteMs: number | null = null;
  return frames(answer, {
    push(chunk) {
      firstByteMs ??= elapsedMs();
      return translator.push(chunk);
    },
    end: () => translator.end(elapsedMs(), firstByteMs ?? elapsedMs()),
  });
}

interface Translator {
  push(chunk: JsonObject): StreamEvent[];
  /** Null when the answer never finished. */
  end(): StreamEvent[] | null;
}

/**
 * An SDK takes an event stream that just ends for a whole one, so an answer that breaks off ends in an exception frame.
 */
async function* frames(answer: GatewayAnswer, translator: Translator): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of readChatChunks(answer)) {
      const events = translator.push(chunk);
      if (events.length > 0) yield encodeAll(events);
    }
    const closing = translator.end();
    if (closing === null) throw new BrokenAnswerError("the gateway's stream ended before the answer did");
    yield encodeAll(closing);
  } catch (error) {
    if (!(error instanceof BrokenAnswerError) && !(error instanceof ChunkOutOfOrderError)) throw error;
    yield encodeStreamEvent({
      kind: "exception",
      name: "modelStreamErrorException",
      payload: { message: error.message, originalMessage: error.message },
    });
  }
}

function encodeAll(events: readonly StreamEvent[]): Buffer {
  return Buffer.concat(events.map(encodeStreamEvent));
}
