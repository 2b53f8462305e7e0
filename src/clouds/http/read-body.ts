/** Reading a request's body within a bound. */

import { CloudError } from "../cloud-error.ts";
import type { CloudCall } from "./call.ts";

export type JsonBody = Readonly<Record<string, unknown>>;

/** A body with the bytes it was read from, which seed the answer. */
export interface ReadBody {
  readonly bytes: Buffer;
  readonly json: JsonBody;
}

const BODY_LIMIT_BYTES = 4_194_304;

/** The client left while its body was still arriving. */
export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";
}

/**
 * Reads a JSON object. Throws CloudError 413 over `limitBytes` (4 MiB) and 400 for anything but one JSON object,
 * ClientGoneError when the client leaves. An empty body is an empty object.
 */
export async function readJson(call: CloudCall, limitBytes: number = BODY_LIMIT_BYTES): Promise<ReadBody> {
  const bytes = await readBytes(call, limitBytes);
  return { bytes, json: bytes.length === 0 ? {} : parseObject(bytes.toString("utf8")) };
}

/** Parses one JSON object; throws CloudError 400 for anything else. */
function parseObject(text: string): JsonBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CloudError(400, "invalid_json", "we could not parse the JSON body of your request");
  }
  if (!isObject(value)) throw new CloudError(400, "invalid_json", "the body is not a JSON object");
  return value;
}

/** A JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonBody {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readBytes(call: CloudCall, limitBytes: number): Promise<Buffer> {
  const { request } = call;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      // What still arrives is read and dropped, so that the client gets to see the refusal.
      request.removeAllListeners("data").resume();
      reject(new CloudError(413, "request_too_large", `the body is larger than ${limitBytes} bytes`));
    });
    request.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on("close", () => reject(new ClientGoneError("the client left while its body was arriving")));
    request.on("error", () => reject(new ClientGoneError("the client left while its body was arriving")));
  });
}
