/** What classifying looks at in a call: one word per axis of `config/classification.yaml`, read from operation and body. */

import type { Axis } from "../decision-table/axes.ts";
import type { CallFacts } from "../domain/call.ts";
import type { Features } from "./features.ts";
import { OPERATIONS, type Operation } from "./operations.ts";

/** The parts of a call that its class can depend on. */
export type Evidencing = Pick<Operation, "job" | "api" | "retention">;

/** A yes-or-no question to a call whose ids were all resolved before, and the words of its two answers. */
interface Question {
  readonly axis: string;
  readonly no: string;
  readonly yes: string;
  readonly ask: (features: Features, operation: Evidencing) => boolean;
}

const QUESTIONS: readonly Question[] = [
  { axis: "state", no: "none", yes: "resolved", ask: (features) => refersTo(features, "state") },
  { axis: "content", no: "none", yes: "resolved", ask: (features) => refersTo(features, "content") },
  { axis: "background", no: "no", yes: "yes", ask: (features) => features.background },
  { axis: "auto-container", no: "no", yes: "yes", ask: (features) => features.autoContainer },
  {
    axis: "store",
    no: "dropped",
    yes: "kept",
    ask: (features, operation) => isKeptByStore(operation, features),
  },
  { axis: "prompt", no: "none", yes: "template", ask: (features) => features.promptId !== null },
  { axis: "prewarm", no: "no", yes: "yes", ask: (features) => features.prewarm },
  { axis: "cache", no: "short", yes: "extended", ask: (features) => features.extendedCache },
];

/** Every axis with every word that a call can show on it. */
export const EVIDENCE: ReadonlyMap<string, readonly string[]> = new Map([
  ["job", distinct(OPERATIONS.map(({ job }) => job))],
  ["api", distinct(OPERATIONS.map(({ api }) => api))],
  ...QUESTIONS.map(({ axis, no, yes }): [string, readonly string[]] => [axis, [no, yes]]),
]);

/** The evidence of a call, in words. Its references must all be resolved: an id that names nothing is no evidence. */
export function evidenceOf(operation: Evidencing, features: Features): CallFacts {
  const evidence: Record<string, string> = { job: operation.job, api: operation.api };
  for (const { axis, no, yes, ask } of QUESTIONS) evidence[axis] = ask(features, operation) ? yes : no;
  return Object.freeze(evidence);
}

/** The number of the cell that holds the evidence of a call, found without making words. */
export type Locator = (operation: Evidencing, features: Features) => number;

/** Resolves the words of the evidence against the axes once. A word that its axis does not know counts as unknown, index 0. */
export function locatorOn(axes: readonly Axis[]): Locator {
  const offsets = (name: string) =>
    axes.find((axis) => axis.name === name)?.offsets ?? new Map<string, number>();
  const [jobs, apis] = [offsets("job"), offsets("api")];
  const questions = QUESTIONS.map(({ axis, no, yes, ask }) => {
    return { ask, no: offsets(axis).get(no) ?? 0, yes: offsets(axis).get(yes) ?? 0 };
  });
  return (operation, features) => {
    let cell = (jobs.get(operation.job) ?? 0) + (apis.get(operation.api) ?? 0);
    for (const { ask, no, yes } of questions) cell += ask(features, operation) ? yes : no;
    return cell;
  };
}

/** Whether `store`, as sent or by its default, keeps the result under an id. */
export function isKeptByStore({ retention }: Evidencing, { store }: Features): boolean {
  if (retention === "opt-in") return store === true;
  return retention === "opt-out" && store !== false;
}

function refersTo({ references }: Features, effect: "state" | "content"): boolean {
  return references.some((reference) => reference.effect === effect);
}

function distinct<T>(words: readonly T[]): readonly T[] {
  return [...new Set(words)];
}
