/** The shipped policy as the tests of `explain` ask it: any regime under any reading, any call. */

import * as fc from "fast-check";
import { readPolicy } from "../../../src/app/configuration-files.ts";
import { readSettings } from "../../../src/app/settings.ts";
import type { Axis } from "../../../src/decision-table/axes.ts";
import type { CallFacts } from "../../../src/domain/call.ts";
import type { Agreement } from "../../../src/agreement/parse.ts";
import type { Reading } from "../../../src/agreement/reading.ts";
import type { Subject } from "../../../src/policy/explain/subject.ts";
import { compilePolicy, type Policy } from "../../../src/policy/policy.ts";

export const sources = readPolicy(readSettings({}, {}).configDir);

const compiled = new Map<string, Policy>();

/** Compiled once for each name; a changed agreement or reading must have a name of its own. */
export function policyOf(agreement: Agreement, reading: Reading): Policy {
  const name = `${agreement.regime} x ${reading.id}`;
  const known = compiled.get(name) ?? compilePolicy(sources, agreement, reading);
  compiled.set(name, known);
  return known;
}

export function regimeOf(id: string): Agreement {
  const found = sources.agreements.find(({ regime }) => regime === id);
  if (found === undefined) throw new Error(`no regime \`${id}\``);
  return found;
}

export function readingOf(id: string): Reading {
  const found = sources.readings.find((reading) => reading.id === id);
  if (found === undefined) throw new Error(`no reading \`${id}\``);
  return found;
}

export const shipped = policyOf(regimeOf("2026-02-27"), readingOf("default"));

/** The usual call but for what is given: its facts alone are known. */
export function callWith(facts: CallFacts, policy = shipped): Subject {
  const usual = Object.fromEntries(
    policy.agreement.axes.map(({ name, defaultValue }) => [name, defaultValue]),
  );
  return { facts: { ...usual, ...facts }, evidence: null, datedFacts: () => ({}) };
}

/** One value for each axis, at random. */
export function anyValues(axes: readonly Axis[]): fc.Arbitrary<CallFacts> {
  return fc.record(Object.fromEntries(axes.map(({ name, values }) => [name, fc.constantFrom(...values)])));
}

export const anyPolicy = fc
  .tuple(fc.constantFrom(...sources.agreements), fc.constantFrom(...sources.readings))
  .map(([agreement, reading]) => policyOf(agreement, reading));

/** A policy and the facts of a call. */
export const anyCall = anyPolicy.chain((policy) =>
  anyValues(policy.agreement.axes).map((facts) => ({ policy, facts })),
);

/** Every way to fill in these axes of a call. */
export function completions(facts: CallFacts, open: readonly Axis[]): readonly CallFacts[] {
  return open.reduce<readonly CallFacts[]>(
    (some, { name, values }) => some.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [facts],
  );
}
