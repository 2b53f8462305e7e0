/** What reading a body brings to light: ids it depends on, and shapes that no upstream should be asked to read. */

import type { StateKind } from "../../domain/call.ts";
import type { JsonValue } from "../../domain/json.ts";

/** How a body names stored content. */
type ReferenceWord =
  | "path"
  | "previous_response_id"
  | "conversation"
  | "item_reference"
  | "audio"
  | "vector_store_ids"
  | "container"
  | "comparison_response_id"
  | "file_id";

/** An id in a call that names content a provider keeps. It counts only once it resolves to such content. */
export interface StateReference {
  readonly kind: StateKind;
  readonly id: string;
  /** Where it stands, as a path in the body (`input[2].id`), or `id` for the id in the request path. */
  readonly field: string;
  readonly via: ReferenceWord;
  /** `state` makes the call stateful; `content` only ties it to the place where the content is. */
  readonly effect: "state" | "content";
}

/** A field with a missing or wrong value: the call is answered 400 with this `param`, before any upstream call. */
export interface BodyProblem {
  readonly param: string;
  /** Lower case, no full stop. */
  readonly message: string;
}

/** Filled while one body is read. */
export interface Findings {
  readonly references: StateReference[];
  readonly problems: BodyProblem[];
  autoContainer: boolean;
}

/** Far above what an honest call names; each reference costs a look-up, so a body may not ask for thousands. */
const MAX_REFERENCES = 128;
/** One problem refuses the call; more only help the caller to mend them together. */
const MAX_PROBLEMS = 16;

/** Returns findings of a body of which nothing is read yet. */
export function newFindings(): Findings {
  return { references: [], problems: [], autoContainer: false };
}

/** Notes a problem; those beyond the sixteenth are left out. */
export function addProblem(findings: Findings, param: string, message: string): void {
  if (findings.problems.length < MAX_PROBLEMS) findings.problems.push({ param, message });
}

/** Notes a reference; a body that names more than 128 stored objects is a problem. */
export function addReference(findings: Findings, reference: StateReference): void {
  if (findings.references.length < MAX_REFERENCES) findings.references.push(reference);
  else addProblem(findings, reference.field, `a call may name at most \`${MAX_REFERENCES}\` stored objects`);
}

/**
 * Notes a reference when `value` is a non-empty string. Null and the empty string name nothing; any other type is a
 * problem, because an upstream might read it as an id after all. Returns whether an id was found.
 */
export function addIdReference(
  findings: Findings,
  value: JsonValue | undefined,
  reference: Omit<StateReference, "id">,
): boolean {
  if (value === undefined || value === null || value === "") return false;
  if (typeof value !== "string") {
    addProblem(findings, reference.field, "must be a string");
    return false;
  }
  addReference(findings, { ...reference, id: value });
  return true;
}

/** Notes a `file_id` like field: stored content that the call reads, wherever it is kept. */
export function addFileReference(findings: Findings, value: JsonValue | undefined, field: string): void {
  if (value === undefined) return;
  addIdReference(findings, value, { kind: "file", field, via: "file_id", effect: "content" });
}
