/** What a request body says about the call, read once: the evidence of its class and the numbers the gateway limits. */

import { isJsonArray, isJsonObject, type JsonObject } from "../domain/json.ts";
import {
  addFileReference,
  addProblem,
  addReference,
  type BodyProblem,
  type Findings,
  newFindings,
  type StateReference,
} from "./body/findings.ts";
import { findForbiddenFields } from "./body/forbidden-fields.ts";
import { readChat, readLegacyPrompt } from "./body/read-chat.ts";
import { type EmbeddingInputs, readEmbeddingInput } from "./body/read-embedding-input.ts";
import { readInputItems } from "./body/read-input-items.ts";
import { readResponse } from "./body/read-response.ts";
import { readCap, readFlag, readText } from "./body/read-scalars.ts";
import type { Operation } from "./operations.ts";

export type { StateReference } from "./body/findings.ts";

export interface Features {
  /** The model as the caller spelled it, not yet looked up; the path id for `models.get`. */
  readonly model: string | null;
  readonly stream: boolean;
  /** Whether the caller asked for usage in a stream (`stream_options.include_usage`). */
  readonly usageRequested: boolean;
  readonly background: boolean;
  /** As sent; null when left out, which means true for a response and false for a chat completion. */
  readonly store: boolean | null;
  /** A tool starts a sandbox that outlives the call. */
  readonly autoContainer: boolean;
  /** `prompt_cache_options.prewarm`: fills a cache and generates nothing. */
  readonly prewarm: boolean;
  /** The caller asks for the prompt cache to outlast the hour that it is kept at most by itself. */
  readonly extendedCache: boolean;
  /** Ids of stored content, the one in the path first (`via: "path"`), at most 128; an id may repeat. */
  readonly references: readonly StateReference[];
  readonly conflictingState: boolean;
  readonly promptId: string | null;
  /** Paths of fields that ask for a provider; any of them refuses the call. */
  readonly forbidden: readonly string[];
  /** Missing fields and wrong types, at most 16; any of them refuses the call. */
  readonly problems: readonly BodyProblem[];
  /** Most tokens the caller accepts per choice: a positive integer, or null when left out. */
  readonly outputCap: number | null;
  /** `n`, and for a legacy completion the larger of `n` and `best_of`; null when left out. */
  readonly choices: number | null;
  readonly embeddingInputs: EmbeddingInputs | null;
}

/** Features while they are being read. */
type Draft = { -readonly [Key in keyof Omit<Features, keyof Findings>]: Features[Key] } & Findings;

const NO_BODY: JsonObject = {};
const NO_FIELDS: readonly string[] = [];

/**
 * Reads the body of an operation; `pathId` is the first id of its path. Only places that the API gives a meaning are
 * read: an id in metadata, in a tool's schema or arguments, or in text is just text. A null body reads as `{}`. Never
 * throws, whatever the body holds and however deep it is.
 */
export function extractFeatures(
  operation: Operation,
  pathId: string | null,
  body: JsonObject | null,
): Features {
  const draft = newDraft();
  if (pathId !== null) readPathId(draft, operation, pathId);
  if (operation.body !== "json") return draft;
  const fields = body ?? NO_BODY;
  draft.forbidden = findForbiddenFields(operation, fields);
  readBody(draft, operation, fields);
  return draft;
}

function newDraft(): Draft {
  const { references, problems, autoContainer } = newFindings();
  return {
    model: null,
    stream: false,
    usageRequested: false,
    background: false,
    store: null,
    autoContainer,
    prewarm: false,
    extendedCache: false,
    references,
    conflictingState: false,
    promptId: null,
    forbidden: NO_FIELDS,
    problems,
    outputCap: null,
    choices: null,
    embeddingInputs: null,
  };
}

function readPathId(draft: Draft, operation: Operation, id: string): void {
  if (operation.id === "models.get") draft.model = id;
  if (operation.stateKind === null) return;
  const effect = operation.job === "read-state" ? "state" : "content";
  addReference(draft, { kind: operation.stateKind, id, field: "id", via: "path", effect });
}

function readBody(draft: Draft, operation: Operation, body: JsonObject): void {
  switch (operation.id) {
    case "chat.completions.create":
      readGeneration(draft, body);
      draft.outputCap = readChatCap(draft, body);
      draft.choices = readCap(draft, body, "n");
      draft.extendedCache = asksForLongCache(body);
      return readChat(draft, body);
    case "completions.create":
      readGeneration(draft, body);
      draft.outputCap = readCap(draft, body, "max_tokens");
      draft.choices = larger(readCap(draft, body, "n"), readCap(draft, body, "best_of"));
      return readLegacyPrompt(draft, body);
    case "responses.create":
      readGeneration(draft, body);
      draft.background = readFlag(draft, body, "background") === true;
      draft.outputCap = readCap(draft, body, "max_output_tokens");
      draft.extendedCache = asksForLongCache(body);
      return readResponseBody(draft, body, true);
    case "responses.input_tokens":
      draft.model = readText(draft, body, "model", "optional");
      return readResponseBody(draft, body, false);
    case "embeddings.create":
      draft.model = readText(draft, body, "model", "required");
      draft.embeddingInputs = readEmbeddingInput(draft, body);
      return undefined;
    case "conversations.create":
      return readItems(draft, body, false);
    case "conversations.items.create":
      return readItems(draft, body, true);
    case "fine_tuning.jobs.create":
      draft.model = readText(draft, body, "model", "required");
      return readFiles(draft, body, "training_file", "validation_file");
    case "batches.create":
      readText(draft, body, "endpoint", "required");
      return readFiles(draft, body, "input_file_id", null);
    default:
      return undefined;
  }
}

/** The fields that chat, legacy completions and responses share. */
function readGeneration(draft: Draft, body: JsonObject): void {
  draft.model = readText(draft, body, "model", "required");
  draft.stream = readFlag(draft, body, "stream") === true;
  draft.store = readFlag(draft, body, "store");
  draft.usageRequested = readNestedFlag(body, "stream_options", "include_usage");
  draft.prewarm = readNestedFlag(body, "prompt_cache_options", "prewarm");
}

function readNestedFlag(body: JsonObject, field: string, flag: string): boolean {
  const options = body[field];
  return isJsonObject(options) && options[flag] === true;
}

/**
 * `prompt_cache_retention` or its successor `prompt_cache_options.ttl` (`openai` SDK 7.57). Left out, the retention follows
 * the customer's own data policy, which no request shows; only what the caller asks for is evidence.
 */
function asksForLongCache(body: JsonObject): boolean {
  const options = body["prompt_cache_options"];
  return body["prompt_cache_retention"] === "24h" || (isJsonObject(options) && options["ttl"] === "12h");
}

/** The API refuses the two spellings together; if it did not, a small one could hide a large one. */
function readChatCap(draft: Draft, body: JsonObject): number | null {
  const cap = readCap(draft, body, "max_completion_tokens");
  const legacyCap = readCap(draft, body, "max_tokens");
  if (cap !== null && legacyCap !== null) {
    addProblem(draft, "max_tokens", "cannot be set together with `max_completion_tokens`");
  }
  return cap ?? legacyCap;
}

function larger(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}

function readResponseBody(draft: Draft, body: JsonObject, inputRequired: boolean): void {
  const { conflictingState, promptId } = readResponse(draft, body, inputRequired);
  draft.conflictingState = conflictingState;
  draft.promptId = promptId;
}

function readItems(draft: Draft, body: JsonObject, required: boolean): void {
  const items = body["items"];
  if ((items === undefined || items === null) && !required) return;
  if (!isJsonArray(items)) return addProblem(draft, "items", "must be an array of items");
  if (items.length > 0 || required) readInputItems(draft, items, "items");
}

function readFiles(
  draft: Draft,
  body: JsonObject,
  requiredField: string,
  optionalField: string | null,
): void {
  addFileReference(draft, readText(draft, body, requiredField, "required"), requiredField);
  if (optionalField !== null) addFileReference(draft, body[optionalField], optionalField);
}
