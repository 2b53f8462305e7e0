/**
 * The API operations that exist, each with the class it has before its body is read. Anything not in this table is not
 * an operation: unknown paths are refused, never guessed at.
 */

import type { StateKind } from "../domain/call.ts";

/** What a call asks to be done, whatever endpoint it comes by: the first half of its evidence. */
export type Job = "generate" | "embed" | "count" | "read-state" | "train" | "batch" | "manage";

/** The family of endpoints a caller picked, the second half: for one job there can be several. */
export type ApiFamily =
  | "chat"
  | "completions"
  | "responses"
  | "conversations"
  | "embeddings"
  | "files"
  | "models"
  | "fine-tuning"
  | "batches";

interface OperationRow {
  readonly id: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** Path relative to `/v1`; `{id}` is the first id, `{sub_id}` the second. */
  readonly pattern: string;
  readonly job: Job;
  readonly api: ApiFamily;
  /** Whether a model generates to answer this call. Creating a job is false: its work is metered when it ends. */
  readonly inference: boolean;
  readonly body: "none" | "json" | "upload";
  /** Kind of the `{id}` in the path, or of the object created; null where there is neither. */
  readonly stateKind: StateKind | null;
  /** Whether the result stays behind under an id: `opt-in` by `store: true`, `opt-out` by `store: false`. */
  readonly retention: "never" | "opt-in" | "opt-out" | "always";
}

export interface Operation extends OperationRow {
  readonly id: OperationId;
}

export type OperationMatch =
  | {
      readonly kind: "matched";
      readonly operation: Operation;
      readonly id: string | null;
      readonly subId: string | null;
    }
  | { readonly kind: "unknown-path" }
  | { readonly kind: "wrong-method"; readonly allowed: readonly string[] };

type Shape = Omit<OperationRow, "id" | "method" | "pattern">;

const NO_STATE = { body: "none", stateKind: null, retention: "never" } as const;
const GENERATE = {
  ...NO_STATE,
  job: "generate",
  inference: true,
  body: "json",
} as const;
const EMBED = { ...GENERATE, job: "embed" } as const;
const READ_STATE = { ...NO_STATE, job: "read-state", inference: false } as const;
const MANAGE = { ...NO_STATE, job: "manage", inference: false } as const;
const COUNT = { ...MANAGE, job: "count", body: "json" } as const;
const CREATES = { body: "json", retention: "always" } as const;

const CHAT: Shape = { ...GENERATE, api: "chat", stateKind: "chat.completion", retention: "opt-in" };
const STORED_CHATS: Shape = { ...READ_STATE, api: "chat" };
const STORED_CHAT: Shape = { ...STORED_CHATS, stateKind: "chat.completion" };
const RESPONSE: Shape = { ...GENERATE, api: "responses", stateKind: "response", retention: "opt-out" };
const STORED_RESPONSE: Shape = { ...READ_STATE, api: "responses", stateKind: "response" };
const CONVERSATION: Shape = { ...READ_STATE, api: "conversations", stateKind: "conversation" };
const FILES: Shape = { ...MANAGE, api: "files" };
const FILE: Shape = { ...FILES, stateKind: "file" };
const TUNING_JOBS: Shape = { ...MANAGE, job: "train", api: "fine-tuning" };
const TUNING_JOB: Shape = { ...TUNING_JOBS, stateKind: "fine_tuning.job" };
const BATCHES: Shape = { ...MANAGE, job: "batch", api: "batches" };
const BATCH: Shape = { ...BATCHES, stateKind: "batch" };
const MODELS: Shape = { ...MANAGE, api: "models" };

/**
 * Every operation, in the order of the API's own documentation. Paths are those that the `openai` SDK 7.57 calls; the
 * classes follow the reading that state is input dependence or an execution that outlives the exchange.
 */
export const OPERATIONS = [
  row("chat.completions.create", "POST", "/chat/completions", CHAT),
  row("chat.completions.list", "GET", "/chat/completions", STORED_CHATS),
  row("chat.completions.get", "GET", "/chat/completions/{id}", STORED_CHAT),
  row("chat.completions.delete", "DELETE", "/chat/completions/{id}", STORED_CHAT),
  row("completions.create", "POST", "/completions", { ...GENERATE, api: "completions" }),
  row("embeddings.create", "POST", "/embeddings", { ...EMBED, api: "embeddings" }),
  row("responses.create", "POST", "/responses", RESPONSE),
  row("responses.input_tokens", "POST", "/responses/input_tokens", { ...COUNT, api: "responses" }),
  row("responses.get", "GET", "/responses/{id}", STORED_RESPONSE),
  row("responses.delete", "DELETE", "/responses/{id}", STORED_RESPONSE),
  row("responses.cancel", "POST", "/responses/{id}/cancel", STORED_RESPONSE),
  row("responses.input_items", "GET", "/responses/{id}/input_items", STORED_RESPONSE),
  row("conversations.create", "POST", "/conversations", { ...CONVERSATION, ...CREATES }),
  row("conversations.get", "GET", "/conversations/{id}", CONVERSATION),
  row("conversations.update", "POST", "/conversations/{id}", { ...CONVERSATION, body: "json" }),
  row("conversations.delete", "DELETE", "/conversations/{id}", CONVERSATION),
  row("conversations.items.create", "POST", "/conversations/{id}/items", { ...CONVERSATION, ...CREATES }),
  row("conversations.items.list", "GET", "/conversations/{id}/items", CONVERSATION),
  row("conversations.items.get", "GET", "/conversations/{id}/items/{sub_id}", CONVERSATION),
  row("conversations.items.delete", "DELETE", "/conversations/{id}/items/{sub_id}", CONVERSATION),
  row("files.create", "POST", "/files", { ...FILE, body: "upload", retention: "always" }),
  row("files.list", "GET", "/files", FILES),
  row("files.get", "GET", "/files/{id}", FILE),
  row("files.delete", "DELETE", "/files/{id}", FILE),
  row("files.content", "GET", "/files/{id}/content", FILE),
  row("fine_tuning.jobs.create", "POST", "/fine_tuning/jobs", { ...TUNING_JOB, ...CREATES }),
  row("fine_tuning.jobs.list", "GET", "/fine_tuning/jobs", TUNING_JOBS),
  row("fine_tuning.jobs.get", "GET", "/fine_tuning/jobs/{id}", TUNING_JOB),
  row("fine_tuning.jobs.cancel", "POST", "/fine_tuning/jobs/{id}/cancel", TUNING_JOB),
  row("fine_tuning.jobs.pause", "POST", "/fine_tuning/jobs/{id}/pause", TUNING_JOB),
  row("fine_tuning.jobs.resume", "POST", "/fine_tuning/jobs/{id}/resume", TUNING_JOB),
  row("fine_tuning.jobs.events", "GET", "/fine_tuning/jobs/{id}/events", TUNING_JOB),
  row("fine_tuning.jobs.checkpoints", "GET", "/fine_tuning/jobs/{id}/checkpoints", TUNING_JOB),
  row("batches.create", "POST", "/batches", { ...BATCH, ...CREATES }),
  row("batches.list", "GET", "/batches", BATCHES),
  row("batches.get", "GET", "/batches/{id}", BATCH),
  row("batches.cancel", "POST", "/batches/{id}/cancel", BATCH),
  row("models.list", "GET", "/models", MODELS),
  row("models.get", "GET", "/models/{id}", MODELS),
] as const;

export type OperationId = (typeof OPERATIONS)[number]["id"];

/** Longest path that can match: two ids of 128 characters and the words around them. */
const MAX_PATH_LENGTH = 320;
const ID = /^[A-Za-z0-9_.:-]{1,128}$/;
const UNKNOWN_PATH: OperationMatch = { kind: "unknown-path" };

/**
 * Finds the operation of a request line. `path` is the raw target after `/v1`, without the query, compared byte by byte:
 * nothing is decoded, collapsed or case-folded, so the path that was checked is the path that can be forwarded. A word
 * of the API (`/responses/input_tokens`) is never read as an id. `method` is compared as sent, in upper case.
 */
export function matchOperation(method: string, path: string): OperationMatch {
  if (path.length > MAX_PATH_LENGTH) return UNKNOWN_PATH;
  const fixed = FIXED_PATHS.get(path);
  if (fixed !== undefined) return chooseMethod(fixed, method, null, null);

  const segments = path.split("/");
  for (const route of ID_ROUTES) {
    const ids = readIds(route.segments, segments);
    if (ids !== null) return chooseMethod(route, method, ids[0] ?? null, ids[1] ?? null);
  }
  return UNKNOWN_PATH;
}

interface Route {
  readonly segments: readonly string[];
  readonly operations: readonly Operation[];
  readonly allowed: readonly string[];
}

function chooseMethod(route: Route, method: string, id: string | null, subId: string | null): OperationMatch {
  for (const operation of route.operations) {
    if (operation.method === method) return { kind: "matched", operation, id, subId };
  }
  return { kind: "wrong-method", allowed: route.allowed };
}

/** The ids of a path in order, or null when it is not this route. */
function readIds(pattern: readonly string[], segments: readonly string[]): readonly string[] | null {
  if (pattern.length !== segments.length) return null;
  const ids: string[] = [];
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (!expected.startsWith("{")) {
      if (segment !== expected) return null;
    } else if (isId(segment)) ids.push(segment);
    else return null;
  }
  return ids;
}

/** `.` and `..` fit the alphabet of ids, but an upstream would resolve them to another path. */
function isId(segment: string): boolean {
  return ID.test(segment) && segment !== "." && segment !== "..";
}

const ROUTES: readonly Route[] = buildRoutes();
const FIXED_PATHS: ReadonlyMap<string, Route> = new Map(
  ROUTES.filter((route) => !hasId(route)).map((route) => [route.segments.join("/"), route]),
);
const ID_ROUTES: readonly Route[] = ROUTES.filter(hasId);

function buildRoutes(): Route[] {
  const byPattern = new Map<string, Operation[]>();
  for (const operation of OPERATIONS) {
    const operations = byPattern.get(operation.pattern);
    if (operations === undefined) byPattern.set(operation.pattern, [operation]);
    else operations.push(operation);
  }
  return [...byPattern].map(([pattern, operations]) => ({
    segments: pattern.split("/"),
    operations,
    allowed: operations.map((operation) => operation.method),
  }));
}

function hasId(route: Route): boolean {
  return route.segments.some((segment) => segment.startsWith("{"));
}

function row<const Id extends string>(id: Id, method: OperationRow["method"], pattern: string, shape: Shape) {
  return { id, method, pattern, ...shape };
}
