/**
 * The API operations that exist, each with the class it has before its body is read. Anything not in this table is not
 * an operation: unknown paths are refused, never guessed at.
 */

import type { StateKind, WorkloadClass } from "../domain/call.ts";

interface OperationRow {
  readonly id: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** Path relative to `/v1`; `{id}` is the first id, `{sub_id}` the second. */
  readonly pattern: string;
  /** The class of the call when no field of its body moves it. */
  readonly baseClass: WorkloadClass;
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
const ONE_SHOT: Shape = { ...NO_STATE, baseClass: "stateless", inference: true, body: "json" };
const STATE_READ: Shape = { ...NO_STATE, baseClass: "stateful", inference: false };
const MANAGEMENT: Shape = { ...NO_STATE, baseClass: "management", inference: false };
const TRAINING: Shape = { ...NO_STATE, baseClass: "training", inference: false };
const BATCH: Shape = { ...NO_STATE, baseClass: "batch", inference: false };
const CREATES = { body: "json", retention: "always" } as const;

const CHAT_STATE = { ...STATE_READ, stateKind: "chat.completion" } as const;
const RESPONSE_STATE = { ...STATE_READ, stateKind: "response" } as const;
const CONVERSATION = { ...STATE_READ, stateKind: "conversation" } as const;
const FILE = { ...MANAGEMENT, stateKind: "file" } as const;
const TUNING_JOB = { ...TRAINING, stateKind: "fine_tuning.job" } as const;
const BATCH_JOB = { ...BATCH, stateKind: "batch" } as const;

/**
 * Every operation, in the order of the API's own documentation. Paths are those that the `openai` SDK 7.57 calls; the
 * classes follow the reading that state is input dependence or an execution that outlives the exchange.
 */
export const OPERATIONS = [
  row("chat.completions.create", "POST", "/chat/completions", {
    ...ONE_SHOT,
    stateKind: "chat.completion",
    retention: "opt-in",
  }),
  row("chat.completions.list", "GET", "/chat/completions", STATE_READ),
  row("chat.completions.get", "GET", "/chat/completions/{id}", CHAT_STATE),
  row("chat.completions.delete", "DELETE", "/chat/completions/{id}", CHAT_STATE),
  row("completions.create", "POST", "/completions", ONE_SHOT),
  row("embeddings.create", "POST", "/embeddings", ONE_SHOT),
  row("responses.create", "POST", "/responses", {
    ...ONE_SHOT,
    stateKind: "response",
    retention: "opt-out",
  }),
  row("responses.input_tokens", "POST", "/responses/input_tokens", { ...MANAGEMENT, body: "json" }),
  row("responses.get", "GET", "/responses/{id}", RESPONSE_STATE),
  row("responses.delete", "DELETE", "/responses/{id}", RESPONSE_STATE),
  row("responses.cancel", "POST", "/responses/{id}/cancel", RESPONSE_STATE),
  row("responses.input_items", "GET", "/responses/{id}/input_items", RESPONSE_STATE),
  row("conversations.create", "POST", "/conversations", { ...CONVERSATION, ...CREATES }),
  row("conversations.get", "GET", "/conversations/{id}", CONVERSATION),
  row("conversations.update", "POST", "/conversations/{id}", { ...CONVERSATION, body: "json" }),
  row("conversations.delete", "DELETE", "/conversations/{id}", CONVERSATION),
  row("conversations.items.create", "POST", "/conversations/{id}/items", { ...CONVERSATION, ...CREATES }),
  row("conversations.items.list", "GET", "/conversations/{id}/items", CONVERSATION),
  row("conversations.items.get", "GET", "/conversations/{id}/items/{sub_id}", CONVERSATION),
  row("conversations.items.delete", "DELETE", "/conversations/{id}/items/{sub_id}", CONVERSATION),
  row("files.create", "POST", "/files", { ...FILE, body: "upload", retention: "always" }),
  row("files.list", "GET", "/files", MANAGEMENT),
  row("files.get", "GET", "/files/{id}", FILE),
  row("files.delete", "DELETE", "/files/{id}", FILE),
  row("files.content", "GET", "/files/{id}/content", FILE),
  row("fine_tuning.jobs.create", "POST", "/fine_tuning/jobs", { ...TUNING_JOB, ...CREATES }),
  row("fine_tuning.jobs.list", "GET", "/fine_tuning/jobs", TRAINING),
  row("fine_tuning.jobs.get", "GET", "/fine_tuning/jobs/{id}", TUNING_JOB),
  row("fine_tuning.jobs.cancel", "POST", "/fine_tuning/jobs/{id}/cancel", TUNING_JOB),
  row("fine_tuning.jobs.pause", "POST", "/fine_tuning/jobs/{id}/pause", TUNING_JOB),
  row("fine_tuning.jobs.resume", "POST", "/fine_tuning/jobs/{id}/resume", TUNING_JOB),
  row("fine_tuning.jobs.events", "GET", "/fine_tuning/jobs/{id}/events", TUNING_JOB),
  row("fine_tuning.jobs.checkpoints", "GET", "/fine_tuning/jobs/{id}/checkpoints", TUNING_JOB),
  row("batches.create", "POST", "/batches", { ...BATCH_JOB, ...CREATES }),
  row("batches.list", "GET", "/batches", BATCH),
  row("batches.get", "GET", "/batches/{id}", BATCH_JOB),
  row("batches.cancel", "POST", "/batches/{id}/cancel", BATCH_JOB),
  row("models.list", "GET", "/models", MANAGEMENT),
  row("models.get", "GET", "/models/{id}", MANAGEMENT),
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
