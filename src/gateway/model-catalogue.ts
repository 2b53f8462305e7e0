/** `GET /v1/models`: answered from the configured catalogue, since asking a provider would say what it has, not what is sold. */

import type { ServerResponse } from "node:http";
import { refusal, type Refusal } from "../domain/refusal.ts";
import type { Model } from "../domain/catalogue.ts";
import type { World } from "../pipeline/world.ts";
import type { Call } from "./call.ts";
import { ownHeaders } from "./reply.ts";

/** Answers a list or one model; no provider is asked and nothing is settled. */
export function answerCatalogue(call: Call, response: ServerResponse): Refusal | null {
  const { models } = call.world;
  const unknown = checkListed(call.world, call.subjectId);
  if (unknown) return unknown;
  const one = call.subjectId === null ? null : models.get(call.subjectId);
  const body = JSON.stringify(
    one ? describe(one) : { object: "list", data: [...models.values()].map(describe) },
  );
  call.outcome = "ok";
  call.httpStatus = 200;
  response.writeHead(200, {
    "content-type": "application/json",
    ...ownHeaders(call),
    "content-length": String(Buffer.byteLength(body)),
  });
  response.end(body);
  return null;
}

/** Refuses a model that is not sold; `name` is null where the whole list is asked for. */
export function checkListed({ models }: World, name: string | null): Refusal | null {
  if (name === null || models.has(name)) return null;
  return refusal("model_not_found", `the model \`${name.slice(0, 64)}\` does not exist`, { param: "model" });
}

function describe(model: Model): Record<string, unknown> {
  return { id: model.name, object: "model", created: 0, owned_by: "openai" };
}
