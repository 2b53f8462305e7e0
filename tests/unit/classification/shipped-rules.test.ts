import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countsUnder } from "../../../src/agreement/bind.ts";
import { compileClassifier, type Classifier } from "../../../src/classification/compile.ts";
import { evidenceOf } from "../../../src/classification/evidence.ts";
import { OPERATIONS } from "../../../src/classification/operations.ts";
import { parseClassification } from "../../../src/classification/parse.ts";
import { checkClassification } from "../../../src/classification/verify/verify.ts";
import { cellOf } from "../../../src/decision-table/axes.ts";
import { collapse, valuesAt } from "../../../src/decision-table/space.ts";
import { inScope, scopeOf } from "../../../src/decision-table/scope.ts";
import { EVERY_CALL } from "./every-call.ts";
import { choicesWith, classified, EVERY_READING, FILE, SHIPPED, shippedDocument } from "./support.ts";

const { properties, examples, infeasible } = shippedDocument.value;
const TABLES = EVERY_READING.map((choices) => ({
  choices,
  name: `${choices.A1}, ${choices.A2}, ${choices.A6}`,
  classifier: compileClassifier(shippedDocument, choices),
}));

function rulingOn(classifier: Classifier, values: Readonly<Record<string, string>>) {
  const ruling = classifier.outcomes[classifier.cells[cellOf(classifier.axes, values)] ?? -1];
  if (ruling === undefined) throw new Error("no such cell");
  return ruling;
}

/** Every combination of known values. */
function everyCell(classifier: Classifier): readonly Readonly<Record<string, string>>[] {
  const apart = classifier.axes.map((_, position) => ({ position }));
  const scopes = apart.flatMap(({ position }) =>
    (classifier.axes[position]?.values ?? []).map((value) =>
      scopeOf({ [classifier.axes[position]?.name ?? ""]: value }, classifier.axes),
    ),
  );
  const space = collapse(classifier.axes, scopes);
  return Array.from({ length: space.size }, (_, cell) => valuesAt(space, cell));
}

describe.each(TABLES)("under $name", ({ choices, classifier }) => {
  const cells = everyCell(classifier);

  it("every combination has a class or is declared impossible", () => {
    expect(cells).toHaveLength(7 * 9 * 2 ** 8);
    const reasons = cells.map((cell) => {
      const ruling = rulingOn(classifier, cell);
      return ruling.kind === "denied" ? ruling.reason : "classified";
    });
    expect(new Set(reasons)).toEqual(new Set(["classified", "infeasible"]));
  });

  it("every property holds, and none of them is about nothing", () => {
    for (const property of properties) {
      if (!countsUnder(property.readings, choices)) continue;
      const scope = scopeOf("forall" in property ? property.forall : property.exists, classifier.axes);
      const right = new Set([property.then.workload].flat());
      const rulings = cells
        .filter((cell) => inScope(scope, classifier.axes, cell))
        .map((cell) => rulingOn(classifier, cell))
        .filter((ruling) => ruling.kind === "classified" || ruling.reason !== "infeasible");
      const met = rulings.map((ruling) => ruling.kind === "classified" && right.has(ruling.workload));
      expect(met.length, property.id).toBeGreaterThan(0);
      expect("forall" in property ? met.every(Boolean) : met.some(Boolean), property.id).toBe(true);
    }
  });

  it("every example comes out as written", () => {
    const ordinary = Object.fromEntries(classifier.axes.map((axis) => [axis.name, axis.defaultValue]));
    for (const { id, readings, given, expect: expected } of examples) {
      if (!countsUnder(readings, choices)) continue;
      const ruling = rulingOn(classifier, { ...ordinary, ...given });
      expect(ruling, id).toMatchObject({ kind: "classified", widening: null, ...expected });
    }
  });
});

describe("the shipped classification", () => {
  it("checks every property and every example under some reading", () => {
    for (const { id, readings } of [...properties, ...examples]) {
      const checked = EVERY_READING.some((choices) => countsUnder(readings, choices));
      expect(checked, id).toBe(true);
    }
  });

  it("passes the gates, so each of its rules has a say", () => {
    const classifiers = TABLES.map(({ classifier }) => classifier);
    expect(checkClassification(shippedDocument, classifiers, { complete: true })).toEqual([]);
  });

  it("calls exactly those pairs of job and API impossible that no operation has", () => {
    const { classifier } = TABLES[0] ?? { classifier: null };
    if (classifier === null) throw new Error("no table");
    const impossible = infeasible.map(({ when }) => scopeOf(when, classifier.axes));
    const feasible = everyCell(classifier)
      .filter((cell) => !impossible.some((scope) => inScope(scope, classifier.axes, cell)))
      .map(({ job, api }) => `${job} ${api}`);
    expect([...new Set(feasible)].toSorted()).toEqual(
      [...new Set(OPERATIONS.map(({ job, api }) => `${job} ${api}`))].toSorted(),
    );
  });

  it("compiles alike whatever the order of its rules, axes, values and lists", () => {
    const { value } = shippedDocument;
    fc.assert(
      fc.property(
        fc.constantFrom(...EVERY_READING),
        fc.infiniteStream(fc.nat(1_000_000)),
        (choices, numbers) => {
          const shuffled = shuffle(value, () => numbers.next().value ?? 0) as typeof value;
          const [one, other] = [value, shuffled].map((each) =>
            compileClassifier({ ...shippedDocument, value: each }, choices),
          );
          expect(other?.digest).toBe(one?.digest);
          expect(other?.cells).toEqual(one?.cells);
          expect(other?.outcomes).toEqual(one?.outcomes);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("has a digest that words and choices change, but no comment, property or example", () => {
    const digestOf = (text: string, choices = choicesWith({})) =>
      compileClassifier(parseClassification(text, FILE), choices).digest;
    const digest = digestOf(SHIPPED);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf(`# a remark\n${SHIPPED}`)).toBe(digest);
    expect(digestOf(SHIPPED.replace("text: a plain chat", "text: a plain question"))).toBe(digest);
    expect(digestOf(SHIPPED, choicesWith({ A7: "descriptive" }))).toBe(digest);
    expect(digestOf(SHIPPED, choicesWith({ A2: "declaration" }))).not.toBe(digest);
    expect(digestOf(SHIPPED.replace("keeps nothing.", "keeps nothing at all."))).not.toBe(digest);
  });
});

describe("the evidence of a call", () => {
  it("is found by number as it is by words, is frozen, and is one object for calls that show the same", () => {
    const classifier = compileClassifier(shippedDocument, choicesWith({}));
    const known = new Map<number, unknown>();
    for (const { operation, features } of EVERY_CALL) {
      const evidence = evidenceOf(operation, features);
      const cell = classifier.locate(operation, features);
      expect(cell).toBe(cellOf(classifier.axes, evidence));
      const seen = classified(classifier, operation, features);
      if (!Object.isFrozen(seen) || !Object.isFrozen(seen.evidence)) throw new Error("not frozen");
      if (known.has(cell)) expect(seen.evidence).toBe(known.get(cell));
      else expect(seen.evidence).toEqual(evidence);
      known.set(cell, seen.evidence);
    }
  });
});

function shuffle(value: unknown, draw: () => number): unknown {
  if (Array.isArray(value)) return byDraw(value, draw).map((part) => shuffle(part, draw));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    byDraw(Object.entries(value), draw).map(([key, part]) => [key, shuffle(part, draw)]),
  );
}

function byDraw<T>(list: readonly T[], draw: () => number): readonly T[] {
  return list
    .map((part) => ({ part, at: draw() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ part }) => part);
}
