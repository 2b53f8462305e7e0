/** One line of a batch: the same answer as a call, without waiting. */

import { extractFeatures } from "../../../classification/features.ts";
import { matchOperation } from "../../../classification/operations.ts";
import type { JsonObject } from "../../../domain/json.ts";
import { CloudError, invalidValue } from "../../cloud-error.ts";
import type { JsonBody, ReadBody } from "../../http/read-body.ts";
import { chatHead, prepareChat, wholeChat } from "../../operations/chat.ts";
import { prepareEmbeddings } from "../../operations/embeddings.ts";
import { finishedResponse, prepareResponse } from "../../operations/prepare-response.ts";
import { nowSeconds, type CloudService } from "../../service.ts";
import type { BatchEndpoint } from "./check-input.ts";

export interface LineOutcome {
  readonly status: number;
  readonly body: object;
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** Runs a line; a body that the API would refuse becomes a refusal in the cloud's own shape, not an exception. */
export async function runLine(
  service: CloudService,
  project: string | null,
  endpoint: BatchEndpoint,
  json: JsonBody,
): Promise<LineOutcome> {
  try {
    return await answerLine(service, project, endpoint, { json, bytes: Buffer.from(JSON.stringify(json)) });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    const { status, body } = service.dialect.error(error);
    return { status, body, model: null, inputTokens: null, outputTokens: null };
  }
}

async function answerLine(
  service: CloudService,
  project: string | null,
  endpoint: BatchEndpoint,
  body: ReadBody,
): Promise<LineOutcome> {
  refuseState(endpoint, body.json);
  switch (endpoint) {
    case "/v1/chat/completions": {
      const generation = await prepareChat(service, body, null);
      const whole = wholeChat(service, chatHead(service, generation), generation);
      return outcome(whole, generation.model.name, generation.promptTokens, generation.outputTokens);
    }
    case "/v1/embeddings": {
      const embedding = await prepareEmbeddings(service, body, null);
      return outcome(embedding.render(), embedding.model.name, embedding.promptTokens, 0);
    }
    case "/v1/responses": {
      const json = { ...body.json, store: false };
      const prepared = await prepareResponse(service, project, { json, bytes: body.bytes });
      const { model, promptTokens, outputTokens } = prepared.generation;
      return outcome(finishedResponse(prepared, nowSeconds(service)), model.name, promptTokens, outputTokens);
    }
  }
}

/** A batch line stands alone: what continues kept state or outlives the batch is refused, by the same reading as for a call. */
function refuseState(endpoint: BatchEndpoint, json: JsonBody): void {
  const match = matchOperation("POST", endpoint.slice("/v1".length));
  if (match.kind !== "matched") return;
  const features = extractFeatures(match.operation, null, json as JsonObject);
  const field =
    features.references.find(({ effect }) => effect === "state")?.field ??
    (features.background ? "background" : features.autoContainer ? "tools" : null);
  if (field !== null)
    throw invalidValue(field, `\`${field}\` is not supported in a batch: a line keeps no state`);
}

function outcome(body: object, model: string, inputTokens: number, outputTokens: number): LineOutcome {
  return { status: 200, body, model, inputTokens, outputTokens };
}
