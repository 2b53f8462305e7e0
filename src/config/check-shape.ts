/** Checks a parsed document against its schema and words what does not fit, with a "did you mean" where one is near. */

import { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";

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
  const knownKeys = new Map<unknown, readonly string[]>();
  const result = schema.safeParse(document, {
    reportInput: true,
    error: (issue) => {
      if (issue.code === "unrecognized_keys") {
        // The finished issue no longer knows its schema, so the keys it could have named are kept by input object.
        const others = knownKeys.get(issue.input) ?? [];
        knownKeys.set(issue.input, [...new Set([...others, ...keysOf(issue.inst)])]);
      }
      return wordIssue(issue);
    },
  });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(issue, [], knownKeys)) };
}

type Issue = z.core.$ZodIssue;

function problemsOf(
  issue: Issue,
  above: readonly (string | number)[],
  knownKeys: ReadonlyMap<unknown, readonly string[]>,
): readonly ShapeProblem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys.get(issue.input) ?? [];
    return issue.keys.map((key) => ({
      path: [...path, key],
      atKey: true,
      message: `unknown key \`${key}\`${didYouMean(key, known)}`,
    }));
  }
  if (issue.code === "invalid_union") {
    const branch = closestBranch(issue);
    if (branch !== null) return branch.flatMap((inner) => problemsOf(inner, path, knownKeys));
  }
  if (issue.code === "invalid_key") {
    const reasons = issue.issues.map((inner) => inner.message).join(", ");
    return [{ path, atKey: true, message: `bad key: ${reasons}` }];
  }
  return [{ path, atKey: false, message: issue.message }];
}

/** The alternative that the author most likely meant: the only one whose outer type fits. */
function closestBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | null {
  const fitting = issue.errors.filter((branch) => !branch.some(isOuterMismatch));
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

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
  const words = new Set(
    accepted.map((inner) => (inner.code === "invalid_type" ? inner.expected : "a fixed word")),
  );
  const expected = [...words].map(nameOfType).join(" or ");
  return `expected ${expected === "" ? "another form" : expected}, got ${kindOf(issue.input)}`;
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
