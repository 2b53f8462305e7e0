/** `POST /embeddings`: vectors that follow from the text, the model and the seed. */

import { embeddingList } from "../../wire/openai/embeddings.ts";
import { countAllTokens } from "../../wire/openai/tokens.ts";
import { CloudError, invalidValue } from "../cloud-error.ts";
import type { CloudModel } from "../cloud-model.ts";
import type { CloudCall } from "../http/call.ts";
import { readJson, type ReadBody } from "../http/read-body.ts";
import { recordGone, replyJson } from "../http/reply.ts";
import { drawTimeline, type Timeline } from "../latency.ts";
import { seededRng } from "../../domain/rng.ts";
import { deriveSeed } from "../rng.ts";
import { findModel, type CloudService } from "../service.ts";
import { readInteger } from "./generation.ts";
import { waitForAll } from "./releases.ts";

/** Limits of the API (OpenAI reference, embeddings). */
const MOST_INPUTS = 2_048;
const MOST_DIMENSIONS = 3_072;

type EmbeddingInput = string | readonly number[];

export interface Embedding {
  readonly model: CloudModel;
  readonly promptTokens: number;
  readonly timeline: Timeline;
  /** The answer as JSON. */
  render(): object;
}

/** Answers an embeddings call. */
export async function createEmbeddings(call: CloudCall): Promise<void> {
  const embedding = await prepareEmbeddings(call.service, await readJson(call), call.deployment);
  const consumed = { model: embedding.model.name, inputTokens: embedding.promptTokens, outputTokens: 0 };
  if (await waitForAll(call, embedding.timeline)) replyJson(call, embedding.render(), consumed);
  else recordGone(call, consumed);
}

/** Checks an embeddings body; throws CloudError for one that the API would refuse. */
export async function prepareEmbeddings(
  service: CloudService,
  { json, bytes }: ReadBody,
  deployment: string | null,
): Promise<Embedding> {
  const model = findModel(service, deployment ?? json["model"], "embedding");
  const inputs = readInputs(json["input"]);
  const format = readFormat(json["encoding_format"]);
  const given = json["dimensions"] ?? null;
  const dimensions = given === null ? model.dimensions : readInteger(given, "dimensions", 1, MOST_DIMENSIONS);
  const promptTokens = await countInputs(inputs);
  const rng = seededRng(deriveSeed(service.seed, bytes));
  return {
    model,
    promptTokens,
    timeline: drawTimeline(
      { preset: model.latencyPreset, promptTokens, outputTokens: 1, filtered: false },
      rng,
    ),
    render: () =>
      embeddingList(
        service.dialect.modelName(model),
        inputs.map((input) =>
          drawVector(deriveSeed(service.seed, `${model.name}:${textOf(input)}`), dimensions),
        ),
        format,
        promptTokens,
      ),
  };
}

/** A vector of length 1: equal seeds give equal vectors. */
function drawVector(seed: number, dimensions: number): Float32Array {
  const rng = seededRng(seed);
  const vector = new Float32Array(dimensions);
  let squares = 0;
  for (let index = 0; index < dimensions; index += 1) {
    const value = rng.next() * 2 - 1;
    vector[index] = value;
    squares += value * value;
  }
  const length = Math.sqrt(squares) || 1;
  return vector.map((value) => value / length);
}

function readInputs(input: unknown): readonly EmbeddingInput[] {
  const inputs = typeof input === "string" || isTokenList(input) ? [input] : input;
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw new CloudError(
      400,
      "missing_required_parameter",
      "`input` must be a text or a list of texts",
      "input",
    );
  }
  if (inputs.length > MOST_INPUTS)
    throw invalidValue("input", `\`input\` holds more than ${MOST_INPUTS} texts`);
  return (inputs as readonly unknown[]).map((one) => {
    if ((typeof one === "string" && one !== "") || (isTokenList(one) && one.length > 0)) return one;
    throw invalidValue("input", "`input` may hold no empty text and nothing but texts or lists of tokens");
  });
}

function isTokenList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((token) => typeof token === "number");
}

function readFormat(format: unknown): "float" | "base64" {
  if (format === undefined || format === null || format === "float") return "float";
  if (format === "base64") return "base64";
  throw invalidValue("encoding_format", "`encoding_format` is `float` or `base64`");
}

async function countInputs(inputs: readonly EmbeddingInput[]): Promise<number> {
  const given = inputs.reduce((sum, input) => sum + (typeof input === "string" ? 0 : input.length), 0);
  return given + (await countAllTokens(inputs.filter((input) => typeof input === "string")));
}

function textOf(input: EmbeddingInput): string {
  return typeof input === "string" ? input : input.join(" ");
}
