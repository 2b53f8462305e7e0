/** A request whose answer is wanted whole: undici's dispatch without the stream object that its `request` makes for each answer. */

import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";

export interface WholeResponse {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  /** The body once it has all come; rejects when the upstream breaks off, or sends more than 64 MiB. */
  readonly bytes: Promise<Buffer>;
}

/** The upstream sends more than anyone asked for. */
class OversizedAnswerError extends Error {
  override readonly name = "OversizedAnswerError";
}

const MAX_ANSWER_BYTES = 64 * 1_048_576;

/** Resolves with the head of the answer as soon as it is there; rejects with undici's error, or the signal's reason. */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<WholeResponse> {
  return new Promise((resolve, reject) => {
    const body = gather();
    let started = false;
    let stop: (() => void) | null = null;
    dispatcher.dispatch(request, {
      onRequestStart: (controller) => {
        const abort = (): void => controller.abort(signal.reason as Error);
        if (signal.aborted) return abort();
        signal.addEventListener("abort", abort, { once: true });
        stop = () => signal.removeEventListener("abort", abort);
      },
      onResponseStart: (_controller, statusCode, headers) => {
        // Hints (1xx) come before the answer.
        if (statusCode < 200) return;
        started = true;
        resolve({ statusCode, headers, bytes: body.bytes });
      },
      onResponseData: (controller, chunk) => {
        if (body.add(chunk) > MAX_ANSWER_BYTES)
          controller.abort(new OversizedAnswerError("answer over 64 MiB"));
      },
      onResponseEnd: () => {
        stop?.();
        body.end();
      },
      onResponseError: (_controller, error) => {
        stop?.();
        if (started) body.fail(error);
        else reject(error);
      },
    });
  });
}

/** The same view of an answer that was opened as a stream. */
export function wholeOf({ statusCode, headers, body: stream }: Dispatcher.ResponseData): WholeResponse {
  const body = gather();
  stream.on("data", (chunk: Buffer) => {
    if (body.add(chunk) > MAX_ANSWER_BYTES) stream.destroy(new OversizedAnswerError("answer over 64 MiB"));
  });
  stream.on("end", body.end).on("error", body.fail);
  return { statusCode, headers, bytes: body.bytes };
}

interface Gathering {
  readonly bytes: Promise<Buffer>;
  /** Returns the size so far. */
  add(chunk: Buffer): number;
  end(): void;
  fail(error: Error): void;
}

function gather(): Gathering {
  const chunks: Buffer[] = [];
  let size = 0;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // Whoever awaits it sees the failure; until then it must not count as unhandled.
  promise.catch(() => undefined);
  return {
    bytes: promise,
    add: (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      return size;
    },
    end: () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks, size));
    },
    fail: reject,
  };
}
