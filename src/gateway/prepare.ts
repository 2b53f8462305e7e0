/** From bytes to a planned call: each step either adds what it found out or refuses. */

import { extractFeatures, type Features } from "../classification/features.ts";
import type { Operation } from "../classification/operations.ts";
import type { Model, Partner } from "../domain/catalogue.ts";
import type { JsonObject } from "../domain/json.ts";
import { refusal, type Refusal } from "../domain/refusal.ts";
import type { BodyReading } from "../http/read-body.ts";
import type { RequestHead } from "../http/request-head.ts";
import { plan, type Plan, type ResolvedReference } from "../pipeline/plan.ts";
import { parseJson } from "../wire/openai/json.ts";
import type { World } from "../pipeline/world.ts";
import { spreadOf, type Call } from "./call.ts";
import type { Route } from "./find-route.ts";
import type { Gateway, GatewayLimits } from "./gateway.ts";

/** Only plain bodies are read: an encoded one would have to be inflated before it could be decided. */
export function checkContentType(
  request: Pick<RequestHead, "headers">,
  accepted: "application/json" | "multipart/form-data" = "application/json",
): Refusal | null {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return refusal("unsupported_media_type", `content encoding \`${encoding.slice(0, 40)}\` is not accepted`);
  }
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type === accepted) return null;
  return refusal("unsupported_media_type", `the body must be sent as \`content-type: ${accepted}\``);
}

/** What can be said about an upload before its first byte. */
export function checkUpload(
  request: Pick<RequestHead, "headers">,
  { maxUploadBytes }: GatewayLimits,
): Refusal | null {
  if (Number(request.headers["content-length"] ?? "0") > maxUploadBytes) {
    return refusal("body_too_large", `the upload is larger than ${maxUploadBytes} bytes`);
  }
  return checkContentType(request, "multipart/form-data");
}

/** The body as one JSON object, or why it is none. */
export function readObject(
  reading: BodyReading,
  limits: GatewayLimits,
): { kind: "object"; body: JsonObject } | Refusal {
  switch (reading.kind) {
    case "too-large":
      return refusal("body_too_large", `the body is larger than ${limits.maxBodyBytes} bytes`);
    case "timeout":
      return refusal("request_timeout", "the body did not arrive in time");
    case "aborted":
      return refusal("malformed_request", "the body broke off");
    case "body":
      break;
  }
  const parsed = parseJson(reading.bytes);
  if (parsed.kind === "malformed") return refusal("malformed_request", parsed.message);
  if (parsed.kind === "duplicate-key") {
    return refusal("duplicate_key", `the key \`${parsed.path}\` stands twice`, { param: parsed.path });
  }
  const { value } = parsed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refusal("malformed_request", "the body must be a JSON object");
  }
  return { kind: "object", body: value as JsonObject };
}

/** Reads the features and refuses what no provider should be asked: wrong types, a provider of choice, too much at once. */
export function checkFeatures(
  world: World,
  route: Route,
  body: JsonObject | null,
  limits: GatewayLimits,
): { kind: "features"; features: Features; model: Model | null } | Refusal {
  const named = route.namesOf === null ? null : namePublicly(world, route, body);
  if (named?.kind === "refusal") return named;
  const features = extractFeatures(route.operation, route.subjectId, named?.body ?? body);
  const [problem] = features.problems;
  if (problem) return refusal("malformed_request", problem.message, { param: problem.param });
  const [forbidden] = features.forbidden;
  if (forbidden !== undefined) {
    return refusal(
      "provider_request_forbidden",
      `\`${forbidden}\` is not accepted: the agreement chooses the provider`,
      {
        param: forbidden,
      },
    );
  }
  if (features.conflictingState) {
    return refusal("malformed_request", "`previous_response_id` and `conversation` cannot be sent together", {
      param: "previous_response_id",
    });
  }
  const model = features.model === null ? null : (world.models.get(features.model) ?? undefined);
  if (model === undefined) return unknownModel(features.model ?? "");
  const refused = checkKind(route.operation, model) ?? checkLimits(route.operation, features, model, limits);
  return refused ?? { kind: "features", features, model };
}

/** The body under the model's public name, where the caller names models by their deployments; a path's deployment wins. */
function namePublicly(
  { models }: World,
  { deployment, namesOf }: Route,
  body: JsonObject | null,
): { readonly kind: "named"; readonly body: JsonObject | null } | Refusal {
  const name = deployment ?? body?.["model"];
  if (typeof name !== "string") return { kind: "named", body };
  const deployed = [...models.values()].find(({ deployments }) => deployments[namesOf ?? ""] === name);
  const model = deployed ?? models.get(name);
  if (model === undefined) return deployment === null ? { kind: "named", body } : unknownModel(name);
  // An operation that takes no model (a batch names them line by line) does not read this one.
  const asIs = body === null || body["model"] === model.name;
  return { kind: "named", body: asIs ? body : { ...body, model: model.name } };
}

function unknownModel(name: string): Refusal {
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  return refusal("model_not_found", `the model \`${shown}\` does not exist or you do not have access to it`, {
    param: "model",
  });
}

/** An embedding model does not chat, and no chat model embeds. */
function checkKind({ id, inference }: Operation, model: Model | null): Refusal | null {
  if (model === null || !inference || (model.kind === "embedding") === (id === "embeddings.create"))
    return null;
  return refusal("unsupported_parameter", `the model \`${model.name}\` does not take \`${id}\``, {
    param: "model",
  });
}

function checkLimits(
  operation: Operation,
  features: Features,
  model: Model | null,
  limits: GatewayLimits,
): Refusal | null {
  const cap = model?.maxOutputTokens ?? Number.MAX_SAFE_INTEGER;
  if (features.outputCap !== null && features.outputCap > cap) {
    return refusal("limit_exceeded", `\`${features.outputCap}\` output tokens are over the limit of ${cap}`, {
      param: operation.id === "responses.create" ? "max_output_tokens" : "max_completion_tokens",
    });
  }
  if (features.choices !== null && features.choices > limits.maxChoices) {
    return refusal("limit_exceeded", `\`n\` is at most ${limits.maxChoices}, got \`${features.choices}\``, {
      param: "n",
    });
  }
  const inputs = features.embeddingInputs;
  if (
    inputs &&
    (inputs.count > limits.maxEmbeddingInputs ||
      inputs.totalCharacters > limits.maxEmbeddingCharacters ||
      inputs.totalTokens > limits.maxEmbeddingTokens)
  ) {
    return refusal(
      "limit_exceeded",
      `at most ${limits.maxEmbeddingInputs} inputs of ${limits.maxEmbeddingCharacters} characters together`,
      { param: "input" },
    );
  }
  return null;
}

/** Asks the state directory for every id in the call, then plans. */
export async function planCall(
  gateway: Gateway,
  call: Call,
  prepared: {
    readonly partner: Partner;
    readonly route: Route;
    readonly features: Features;
    readonly model: Model | null;
  },
): Promise<Plan | Refusal> {
  const { partner, route, features, model } = prepared;
  const resolve = async (reference: ResolvedReference["reference"]): Promise<ResolvedReference> => ({
    reference,
    entry: await gateway.store.findState(partner.id, reference.id, gateway.clock.nowMs()),
  });
  const references =
    features.references.length === 0 ? [] : await Promise.all(features.references.map(resolve));
  return plan(call.world, {
    partner,
    operation: route.operation,
    features,
    model,
    references,
    isUp: (deployment) => gateway.health.isUp(deployment),
    spread: spreadOf(call),
  });
}
