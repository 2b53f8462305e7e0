/** Calls to the Amazon stand-in: Bedrock Converse and ConverseStream over HTTP/1.1, signed with SigV4. */

import { Sha256Node } from "@smithy/core/checksum";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { HttpRequest } from "@smithy/core/protocols";
import { fromUtf8, toUtf8 } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AmazonAccess } from "../target.ts";
import type { AnswerReader, AnswerSummary, CallPlan, PreparedRequest } from "./prepared.ts";
import { objectOf, parseObject, textOf, usageTold } from "./read-json.ts";

/** Signs and returns a request; the signature holds for five minutes around `nowMs`. */
export type SignRequest = (request: PreparedRequest, nowMs: number) => Promise<PreparedRequest>;

/** A signer for `access`; it caches the derived key of the day. */
export function createSigner(access: AmazonAccess): SignRequest {
  const { host, hostname, port, protocol } = new URL(access.url);
  const signer = new SignatureV4({
    service: "bedrock",
    region: access.region,
    credentials: { accessKeyId: access.accessKeyId, secretAccessKey: access.secretAccessKey },
    sha256: Sha256Node,
  });
  return async (request, nowMs) => {
    const signed = await signer.sign(
      new HttpRequest({
        method: request.method,
        protocol,
        hostname,
        ...(port === "" ? {} : { port: Number(port) }),
        path: request.path,
        headers: { ...request.headers, host },
        body: request.body,
      }),
      { signingDate: new Date(nowMs) },
    );
    return { ...request, headers: signed.headers };
  };
}

/** `POST /model/{id}/converse` or `/converse-stream`, not signed yet. */
export function prepareConverse(bedrockModel: string, call: CallPlan): PreparedRequest {
  return {
    method: "POST",
    path: `/model/${encodeURIComponent(bedrockModel)}/${call.streamed ? "converse-stream" : "converse"}`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      messages: [{ role: "user", content: [{ text: call.text }] }],
      inferenceConfig: { maxTokens: call.outputTokens },
    }),
  };
}

/** Reads ConverseStream's event frames. `metadata` is the last event; a stream without it was cut short. */
export function eventStreamReader(): AnswerReader {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  let rest = Buffer.alloc(0);
  let summary: AnswerSummary = { inputTokens: null, outputTokens: null, id: null, error: null };
  let complete = false;

  const take = (frame: Buffer): boolean => {
    const { headers, body } = codec.decode(frame);
    const payload = parseObject(toUtf8(body)) ?? {};
    const event = headers[":event-type"]?.value;
    if (headers[":message-type"]?.value !== "event") {
      const name = headers[":exception-type"]?.value ?? headers[":error-code"]?.value ?? "unknown";
      summary = { ...summary, error: `${String(name)}: ${textOf(payload["message"]) ?? ""}` };
    } else if (event === "metadata") {
      complete = true;
      summary = { ...summary, ...usageTold(payload) };
    }
    return event === "contentBlockDelta" && textOf(objectOf(payload["delta"])?.["text"]) !== null;
  };

  return {
    feed(chunk) {
      rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      let text = false;
      while (rest.length >= 4 && rest.length >= rest.readUInt32BE(0)) {
        const length = rest.readUInt32BE(0);
        if (length < SHORTEST_FRAME) throw new Error(`an event frame of ${length} bytes`);
        text = take(rest.subarray(0, length)) || text;
        rest = rest.subarray(length);
      }
      return text;
    },
    finish() {
      if (summary.error !== null) return summary;
      return complete ? summary : { ...summary, error: "the stream ended before its last event" };
    },
  };
}

/** Two lengths and two checksums; a shorter frame would never be consumed. */
const SHORTEST_FRAME = 16;
