/** `GET /v1/models`: answered from the configured catalogue, since asking a provider would say what it has, not what is sold. */

import type { ServerResponse } from "node:http";
import { refusal, type Refusal } from "../domain/refusal.ts";
import type { Model } from "../domain/catalogue.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { ownHeaders } from "./reply.ts";

/** Answers a list or one model; no provider is asked and nothing is settled. */
export function answerCatalogue(gateway: Gateway, call: Call, response: ServerResponse): Refusal | null {
  const { models, agreement } = gateway.world;
  const one = call.subjectId === null ? null : models.get(call.subjectId);
  if (call.subjectId !== null && !one) {
    return refusal("model_not_found", `the model \`${call.subjectId.slice(0, 64)}\` does not exist`, {
      param: "model",
    });
  }
  const body = JSON.stringify(
    one ? describe(one) : { object: "list", data: [...models.values()].map(describe) },
  );
  call.outcome = "ok";
  call.httpStatus = 200;
  response.writeHead(200, {
    "content-type": "application/json",
    ...ownHeaders(call, agreement.digest),
    "content-length": String(Buffer.byteLength(body)),
  });
  response.end(body);
  return null;
}

function describe(model: Model): Record<string, unknown> {
  return { id: model.name, object: "model", created: 0, owned_by: "openai" };
}
