/** Is an input file sound? Read as a whole before any line runs. */

import type { BatchProblem } from "../../../wire/openai/batches.ts";
import type { FileStore, StoredFile } from "../../files/file-store.ts";
import { readLines } from "../../files/read-lines.ts";
import { isObject, type JsonBody } from "../../http/read-body.ts";

export interface BatchLine {
  readonly customId: string;
  readonly body: JsonBody;
}

/** Limits of the API (OpenAI reference, batch). */
const MOST_LINES = 50_000;
const MOST_PROBLEMS = 50;

/** Endpoints that a batch may name; Azure also takes them without `/v1`. */
const ENDPOINTS = ["/v1/chat/completions", "/v1/embeddings", "/v1/responses"] as const;
export type BatchEndpoint = (typeof ENDPOINTS)[number];

/** The endpoint by its full name; null for one that batches do not run. */
export function readEndpoint(given: unknown): BatchEndpoint | null {
  return ENDPOINTS.find((endpoint) => endpoint === given || endpoint === `/v1${String(given)}`) ?? null;
}

/** How many lines there are, and what is wrong with them (at most 50 problems). */
export async function checkInput(
  store: FileStore,
  file: StoredFile,
  endpoint: BatchEndpoint,
): Promise<{ readonly total: number; readonly problems: readonly BatchProblem[] }> {
  const seen: Seen = { customIds: new Set(), model: null };
  const problems: BatchProblem[] = [];
  let total = 0;
  for await (const { number, text } of readLines(store, file)) {
    total += 1;
    const problem = problemOf(text, endpoint, seen);
    if (problem) problems.push({ ...problem, line: number });
    if (problems.length >= MOST_PROBLEMS || total > MOST_LINES) break;
  }
  if (total === 0) problems.push(wholeFile("empty_file", "the input file holds no line"));
  if (total > MOST_LINES) {
    problems.push(wholeFile("too_many_tasks", `the input file holds more than ${MOST_LINES} lines`));
  }
  return { total, problems };
}

/** A line of a file that was found sound. */
export function parseLine(text: string): BatchLine {
  const { custom_id: customId, body } = JSON.parse(text) as { custom_id: string; body: JsonBody };
  return { customId, body };
}

/** What the lines so far have used. */
interface Seen {
  readonly customIds: Set<string>;
  model: unknown;
}

function problemOf(text: string, endpoint: BatchEndpoint, seen: Seen): Omit<BatchProblem, "line"> | null {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return { code: "invalid_json_line", message: "this line is not valid JSON", param: null };
  }
  if (!isObject(line))
    return { code: "invalid_json_line", message: "this line is not an object", param: null };
  const { custom_id: customId, method, url, body } = line;
  if (typeof customId !== "string" || customId === "") {
    return { code: "missing_required_parameter", message: "`custom_id` must be a text", param: "custom_id" };
  }
  if (seen.customIds.has(customId)) {
    return { code: "duplicate_custom_id", message: `\`${customId}\` was used before`, param: "custom_id" };
  }
  seen.customIds.add(customId);
  if (method !== "POST")
    return { code: "invalid_method", message: "`method` must be `POST`", param: "method" };
  if (readEndpoint(url) !== endpoint) {
    return {
      code: "invalid_url",
      message: `\`url\` must be the batch's endpoint \`${endpoint}\``,
      param: "url",
    };
  }
  if (!isObject(body)) return { code: "invalid_request", message: "`body` must be an object", param: "body" };
  seen.model ??= body["model"];
  // The usage of a batch is reported as one sum, so it must be the usage of one model.
  if (body["model"] === seen.model) return null;
  return {
    code: "mismatched_model",
    message: "all lines of a batch must name the same `model`",
    param: "body.model",
  };
}

function wholeFile(code: string, message: string): BatchProblem {
  return { code, message, line: null, param: null };
}
