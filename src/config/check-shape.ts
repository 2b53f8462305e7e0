/** Checks a parsed document against its schema and words what does not fit, with a "did you mean" where one is near. */

import { z } from "zod";
import { didYouMean, nearest } from "./did-you-mean.ts";

interface ShapeProblem {
  readonly path: readonly (string | number)[];
  /** True where the key at the end of the path is at fault, not its value. */
  readonly atKey: boolean;
  readonly message: string;
}

export type ShapeResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly ShapeProblem[] };

/** The typed value, or every place where the document does not fit; at least one problem when not ok. */
export function checkShape<T>(document: unknown, schema: z.ZodType<T>): ShapeResult<T> {
  const schemas: Schemas = { knownKeys: new Map(), forms: new Map() };
  const result = schema.safeParse(document, {
    reportInput: true,
    error: (issue) => {
      // The finished issue no longer knows its schema, so what is asked of it is kept by a part that the two share.
      if (issue.code === "unrecognized_keys") schemas.knownKeys.set(issue.keys, keysOf(issue.inst));
      if (issue.code === "invalid_union" && issue.errors !== undefined) {
        schemas.forms.set(issue.errors, formsOf(issue.inst));
      }
      return wordIssue(issue);
    },
  });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(issue, [], schemas)) };
}

type Issue = z.core.$ZodIssue;
type UnionIssue = z.core.$ZodIssueInvalidUnion;

/** A mapping that a union accepts: the keys it knows, and those among them that it must have. */
interface Form {
  readonly keys: readonly string[];
  readonly required: readonly string[];
}

interface Schemas {
  /** By the list of keys that were not known. */
  readonly knownKeys: Map<readonly string[], readonly string[]>;
  /** By the list of what each alternative of a union said; null for one that is no mapping. */
  readonly forms: Map<UnionIssue["errors"], readonly (Form | null)[]>;
}

function problemsOf(
  issue: Issue,
  above: readonly (string | number)[],
  schemas: Schemas,
): readonly ShapeProblem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
  if (issue.code === "unrecognized_keys") {
    const known = schemas.knownKeys.get(issue.keys) ?? [];
    return issue.keys.map((key) => ({
      path: [...path, key],
      atKey: true,
      message: `unknown key \`${key}\`${didYouMean(key, known)}`,
    }));
  }
  if (issue.code === "invalid_union") {
    const branch = closestBranch(issue, schemas);
    if (branch !== null) return branch.flatMap((inner) => problemsOf(inner, path, schemas));
  }
  if (issue.code === "invalid_key") {
    const reasons = issue.issues.map((inner) => inner.message).join(", ");
    return [{ path, atKey: true, message: `bad key: ${reasons}` }];
  }
  return [{ path, atKey: false, message: issue.message }];
}

/** The alternative that the author most likely meant: one whose outer type fits, and of several mappings the one by its keys. */
function closestBranch(issue: UnionIssue, schemas: Schemas): readonly Issue[] | null {
  const forms = schemas.forms.get(issue.errors) ?? [];
  const fitting = issue.errors
    .map((branch, index) => ({ branch, form: forms[index] ?? null }))
    .filter(({ branch }) => !branch.some(isOuterMismatch));
  if (fitting.length <= 1) return fitting[0]?.branch ?? null;
  const { input } = issue;
  if (typeof input !== "object" || input === null) return null;
  const given = Object.keys(input);
  const likeness = fitting.map(({ form }) => (form === null ? -Infinity : likenessTo(form, given)));
  return fitting[likeness.indexOf(Math.max(...likeness))]?.branch ?? null;
}

/** Keys that the form knows count most, then keys that are nearly its own; what it must have and is not there tips the scales. */
function likenessTo({ keys, required }: Form, given: readonly string[]): number {
  const own = given.filter((key) => keys.includes(key));
  const left = keys.filter((key) => !given.includes(key));
  const slips = given.filter((key) => !keys.includes(key)).flatMap((key) => nearest(key, left) ?? []);
  const missing = required.filter((key) => !own.includes(key) && !slips.includes(key));
  return own.length + slips.length * NEARLY - missing.length * MISSING;
}

const NEARLY = 0.5;
const MISSING = 0.01;

function isOuterMismatch(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

function wordIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? `missing, expected ${nameOfType(issue.expected)}`
        : `expected ${nameOfType(issue.expected)}, got ${kindOf(issue.input)}`;
    case "invalid_value":
      return wordBadValue(issue.input, issue.values);
    case "invalid_union":
      return wordBadUnion(issue);
    case "too_small":
      return `too small, at least ${issue.inclusive === false ? "above " : ""}${issue.minimum}${countNoun(issue.origin)}`;
    case "too_big":
      return `too big, at most ${issue.inclusive === false ? "below " : ""}${issue.maximum}${countNoun(issue.origin)}`;
    default:
      return undefined;
  }
}

function wordBadValue(input: unknown, values: readonly unknown[]): string {
  const known = values.map(String);
  if (input === undefined) return `missing${didYouMean("", known)}`;
  if (typeof input === "object" && input !== null) {
    return `expected one of ${known.map((each) => `\`${each}\``).join(", ")}, got ${kindOf(input)}`;
  }
  return `unknown value \`${String(input)}\`${didYouMean(String(input), known)}`;
}

function wordBadUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const { discriminator, options } = issue;
  if (typeof discriminator === "string" && Array.isArray(options)) {
    const input: unknown = issue.input;
    const given = typeof input === "object" && input !== null ? Reflect.get(input, discriminator) : input;
    return wordBadValue(given, options);
  }
  const accepted = (issue.errors ?? []).flat().filter(isOuterMismatch);
  const literals = accepted.flatMap((inner) =>
    inner.code === "invalid_value" ? inner.values.map(String) : [],
  );
  const { input } = issue;
  if (typeof input === "string" && nearest(input, literals) !== null) return wordBadValue(input, literals);
  const types = accepted.flatMap((inner) =>
    inner.code === "invalid_type" ? [nameOfType(inner.expected)] : [],
  );
  const expected = [...new Set([...literals.map((each) => `\`${each}\``), ...types])].join(" or ");
  const hint = typeof input === "string" && types.includes("a list") ? `, write \`[${input}]\`` : "";
  return `expected ${expected === "" ? "another form" : expected}, got ${kindOf(input)}${hint}`;
}

function nameOfType(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    object: "a mapping",
    record: "a mapping",
    array: "a list",
    string: "text",
    int: "a whole number",
    number: "a number",
    boolean: "true or false",
    null: "null",
  };
  return names[expected] ?? expected;
}

function kindOf(input: unknown): string {
  if (input === undefined) return "nothing";
  if (input === null) return "nothing (null)";
  if (Array.isArray(input)) return "a list";
  return nameOfType(typeof input);
}

function countNoun(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" || origin === "set" ? " items" : "";
}

function keysOf(schema: z.core.$ZodRawIssue["inst"]): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum)
    return schema.keyType.options.map(String);
  return [];
}

function formsOf(schema: z.core.$ZodRawIssue["inst"]): readonly (Form | null)[] {
  if (!(schema instanceof z.ZodUnion)) return [];
  return schema.options.map((option) => {
    if (!(option instanceof z.ZodObject)) return null;
    const fields = Object.entries<z.core.$ZodType>(option.shape);
    // A field with a default may be left out, too.
    const required = fields.filter(([, field]) => field._zod.optin !== "optional").map(([key]) => key);
    return { keys: fields.map(([key]) => key), required };
  });
}
