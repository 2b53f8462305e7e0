/** A call of a load run as the gateway would read it: made by the run's own clients, translated by the partner's frontend. */

import { extractFeatures } from "../classification/features.ts";
import { matchOperation } from "../classification/operations.ts";
import type { Model, Partner } from "../domain/catalogue.ts";
import { readJson, isJsonObject, type JsonObject } from "../domain/json.ts";
import { PROFILES, STEP_PROFILES } from "../load/call-profile.ts";
import { prepareConverse } from "../load/clients/amazon.ts";
import { prepareAzureChat } from "../load/clients/azure.ts";
import {
  prepareChat,
  prepareEmbedding,
  prepareFineTune,
  prepareResponse,
  prepareTrainingFile,
} from "../load/clients/direct.ts";
import { prepareMessage } from "../load/clients/first-party.ts";
import type { PreparedRequest } from "../load/clients/prepared.ts";
import type { OfferedKind } from "../load/offered-calls.ts";
import type { Target } from "../load/target.ts";
import { chatBodyOf, readChatRequest } from "../partners/first-party/chat-request.ts";
import type { CallToPlan } from "../pipeline/plan.ts";
import { chatRequestOf } from "../wire/bedrock/converse-request.ts";
import type { Configuration } from "./load-world.ts";
import { targetModels } from "./load-target.ts";
import { UsageError } from "./settings.ts";

/** What the call is, its ids resolved, since each step of a flow continues the one before. Throws UsageError for a partner or a
 * model that is not configured. */
export function shapeCall(kind: OfferedKind, { partners, world }: Configuration): CallToPlan {
  const models = [...world.models.values()];
  const { path, body } = requestAtGateway(kind, models);
  const match = matchOperation("POST", path.slice("/v1".length));
  if (match.kind !== "matched") throw new UsageError(`no operation takes the load call \`${kind}\``);
  const features = extractFeatures(match.operation, match.id, body);
  const partner = partnerOf(kind, partners);
  return {
    partner,
    operation: match.operation,
    features,
    model: features.model === null ? null : (world.models.get(features.model) ?? null),
    references: features.references.map((reference) => ({
      reference,
      entry: {
        id: reference.id,
        kind: reference.kind,
        partner: partner.id,
        provider: partner.homeProvider,
        region: "",
        expiresAtMs: null,
      },
    })),
    isUp: () => true,
    spread: 0,
  };
}

function partnerOf(kind: OfferedKind, partners: readonly Partner[]): Partner {
  const { partner: id } = { ...PROFILES, ...STEP_PROFILES }[kind];
  const partner = partners.find((each) => each.id === id);
  if (partner === undefined)
    throw new UsageError(`config/partners.yaml has no partner \`${id}\`, which the load calls need`);
  return partner;
}

interface GatewayRequest {
  readonly path: string;
  readonly body: JsonObject | null;
}

/** What is asked does not depend on how long it is. */
const SIZE = { text: "a question", outputTokens: 1 };
const ACCESS: Target["direct"] = { url: "", apiKey: "" };

function requestAtGateway(kind: OfferedKind, models: readonly Model[]): GatewayRequest {
  const { chat, bedrockChat, embedding, training } = targetModels(models);
  const streamed = { ...SIZE, streamed: true };
  const whole = { ...SIZE, streamed: false };
  switch (kind) {
    case "amazon chat":
      return throughBedrock(prepareConverse(bedrockChat, whole), chat, false);
    case "amazon stream":
      return throughBedrock(prepareConverse(bedrockChat, streamed), chat, true);
    case "azure-direct chat":
      return throughAzure(prepareAzureChat(ACCESS, chat, whole));
    case "azure-direct stream":
      return throughAzure(prepareAzureChat(ACCESS, chat, streamed));
    case "first-party stream":
      return throughProduct(prepareMessage({ url: "", apiKey: null }, streamed), models);
    case "direct chat":
      return asSent(prepareChat(ACCESS, chat, whole));
    case "direct stream":
      return asSent(prepareChat(ACCESS, chat, streamed));
    case "direct responses":
    case "firstTurn":
      return asSent(prepareResponse(ACCESS, chat, whole));
    case "nextTurn":
      return asSent(prepareResponse(ACCESS, chat, whole, "resp_before"));
    case "direct embeddings":
      return asSent(prepareEmbedding(ACCESS, embedding, SIZE.text));
    case "trainingFile":
      return { path: prepareTrainingFile(ACCESS, SIZE.text, 1).path, body: null };
    case "trainingJob":
      return asSent(prepareFineTune(ACCESS, training, "file-before"));
  }
}

function asSent({ path, body }: PreparedRequest): GatewayRequest {
  return { path, body: objectOf(body) };
}

/** What the gateway takes under `/openai/v1` is the same operation. */
function throughAzure({ path, body }: PreparedRequest): GatewayRequest {
  return { path: path.replace(/^\/openai/, ""), body: objectOf(body) };
}

function throughBedrock({ body }: PreparedRequest, model: string, stream: boolean): GatewayRequest {
  const translation = chatRequestOf(objectOf(body), model, stream);
  if (translation.kind === "invalid") throw new TypeError(translation.message);
  return { path: "/v1/chat/completions", body: translation.body };
}

function throughProduct({ body }: PreparedRequest, models: readonly Model[]): GatewayRequest {
  const reading = readChatRequest(objectOf(body));
  if (reading.kind === "invalid") throw new TypeError(reading.message);
  const usual = models.find(({ kind }) => kind === "chat")?.name ?? "";
  return { path: "/v1/chat/completions", body: chatBodyOf(reading.request, [], usual) };
}

function objectOf(text: string): JsonObject {
  const value = readJson(text);
  if (!isJsonObject(value)) throw new TypeError("a load call sends an object");
  return value;
}
