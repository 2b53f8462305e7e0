import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { compileAgreement } from "../../../src/agreement/compile.ts";
import { decide } from "../../../src/agreement/decide.ts";
import { parseAgreement } from "../../../src/agreement/parse.ts";
import { choicesUnder } from "../../../src/agreement/reading.ts";
import { parseVocabulary } from "../../../src/agreement/vocabulary.ts";
import { everyCell, interpret } from "./interpreter.ts";
import {
  anyReading,
  generatedDocument,
  parseSmall,
  parseWhole,
  readingOf,
  SMALL,
  SMALL_VOCABULARY,
  smallWith,
} from "./small-agreement.ts";

const choices = choicesUnder(anyReading, "test");

test("on generated agreements the table and the interpreter agree on every cell, gaps and conflicts included", () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(generatedDocument, (document) => {
      const compiled = compileAgreement(parseWhole(document), anyReading);
      for (const facts of everyCell(document)) {
        const ruling = decide(compiled, facts);
        const answer = interpret(document, choices, facts);
        kinds.add(answer.kind === "denied" ? answer.reason : answer.kind);
        if (answer.kind === "denied") expect(ruling).toMatchObject(answer);
        else expect(ruling).toMatchObject({ providers: answer.providers, sharePpm: answer.sharePpm });
      }
    }),
    { numRuns: 300, seed: 1 },
  );
  // Otherwise the agreement of the two would say little.
  expect([...kinds].toSorted()).toEqual(["allowed", "conflict", "gap", "infeasible"]);
});

test("more rules than one machine word holds are told apart", () => {
  const clauses = Array.from({ length: 40 }, (_, index) => ({
    id: `C${index + 10}`,
    name: "ONE",
    modality: "permission",
    text: "one of many clauses",
    basis: "assumed",
    source: ["S1"],
    when: { nth: `v${index}` },
    // oxlint-disable-next-line unicorn/no-thenable -- the agreement's own word
    then: { provider: { in: [index % 3 === 0 ? "aws" : "azure"] } },
  }));
  const values = clauses.map((_, index) => `      v${index}: the value ${index}`).join("\n");
  const vocabulary = parseVocabulary(
    SMALL_VOCABULARY.replace("axes:\n", `axes:\n  nth:\n    source: derived\n    values:\n${values}\n`),
    "v.yaml",
  );
  const text = SMALL.replace(
    /clauses:\n[^]*(?= {2}- id: C4)/,
    `clauses:\n${stringify(clauses).replace(/^/gm, "  ").trimEnd()}\n`,
  );
  const compiled = compileAgreement(parseAgreement(text, "a.yaml", vocabulary), anyReading);
  clauses.forEach((clause, index) => {
    const verdict = decide(compiled, { nth: `v${index}`, workload: "stateful", region: "us" });
    expect(verdict).toMatchObject({
      kind: "allowed",
      clauses: [clause.id],
      providers: clause.then.provider.in,
    });
  });
});

test("the order of clauses, axes, values, keys and lists changes no decision and not the digest", () => {
  fc.assert(
    fc.property(generatedDocument, fc.infiniteStream(fc.nat()), (document, numbers) => {
      const original = compileAgreement(parseWhole(document), anyReading);
      const compiled = compileAgreement(
        parseWhole(shuffled(document, numbers) as typeof document),
        anyReading,
      );
      expect(compiled.digest).toBe(original.digest);
      for (const facts of everyCell(document)) {
        expect(decide(compiled, facts)).toEqual(decide(original, facts));
      }
    }),
    { numRuns: 100, seed: 7 },
  );
});

test("comments, layout and examples do not change the digest, words and choices do", () => {
  const digest = digestOf(SMALL);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(digestOf(`# another comment\n${SMALL}`)).toBe(digest);
  const example = "examples: [{ id: E1, text: an example, given: {}, expect: { clauses: [C1] } }]";
  expect(digestOf(`${SMALL}${example}\n`)).toBe(digest);
  expect(digestOf(SMALL.replace("version: 1", "version: 2"))).not.toBe(digest);
  expect(
    digestOf(SMALL.replace("openai: 800000, microsoft: 200000", "openai: 900000, microsoft: 100000")),
  ).not.toBe(digest);
  expect(digestOf(SMALL.replace("stateless calls are hosted", "all calls are hosted"))).not.toBe(digest);
  expect(compileAgreement(parseSmall(SMALL), readingOf({ A1: "family" })).digest).not.toBe(digest);
  const laxer = { ...anyReading, acceptedWidenings: [{ id: "background", reason: "for a test" }] };
  expect(compileAgreement(parseSmall(SMALL), laxer).digest).not.toBe(digest);
});

test("an impossible combination is denied as such, whatever the clauses say of it", () => {
  const entry =
    "infeasible: [{ id: X1, when: { workload: stateful, region: eu }, because: sessions are American }]";
  const compiled = compileAgreement(smallWith("infeasible: []", entry), anyReading);
  const verdict = decide(compiled, { workload: "stateful", region: "eu" });
  expect(verdict).toMatchObject({ kind: "denied", reason: "infeasible", clauses: ["X1"] });
  expect(decide(compiled, { workload: "stateful", region: "us" }).kind).toBe("allowed");
});

function digestOf(text: string): string {
  return compileAgreement(parseSmall(text), anyReading).digest;
}

/** The same document with the keys of every mapping and the items of every list in another order. */
function shuffled(value: unknown, numbers: Iterator<number>): unknown {
  if (Array.isArray(value)) return inAnyOrder(value, numbers).map((item) => shuffled(item, numbers));
  if (typeof value !== "object" || value === null) return value;
  const entries = inAnyOrder(Object.entries(value), numbers);
  return Object.fromEntries(entries.map(([key, part]) => [key, shuffled(part, numbers)]));
}

function inAnyOrder<T>(items: readonly T[], numbers: Iterator<number>): readonly T[] {
  return items
    .map((item) => ({ item, rank: Number(numbers.next().value) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
