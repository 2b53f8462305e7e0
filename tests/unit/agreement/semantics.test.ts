import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { layOutAxes } from "../../../src/agreement/axes.ts";
import { bindRules } from "../../../src/agreement/bind.ts";
import { compileAgreement } from "../../../src/agreement/compile.ts";
import { decide } from "../../../src/agreement/decide.ts";
import { parseAgreement } from "../../../src/agreement/parse.ts";
import { buildTable } from "../../../src/agreement/table.ts";
import { everyCell, interpret } from "./interpreter.ts";
import { agreementText, defaultReading, shippedAgreement } from "./shipped.ts";
import { generatedDocument, SMALL, smallWith } from "./small-agreement.ts";

test("on generated agreements the table and the interpreter agree on every cell, gaps and conflicts included", () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(generatedDocument, (document) => {
      const { value } = parseAgreement(stringify(document), "a.yaml");
      const axes = layOutAxes(value);
      const table = buildTable(axes, bindRules(value, defaultReading.choices, axes));
      for (const facts of everyCell(value)) {
        const cell = axes.reduce((sum, axis) => sum + (axis.offsets.get(facts[axis.name] ?? "") ?? 0), 0);
        const ruling = table.rulings[table.cells[cell] ?? 0];
        const answer = interpret(value, defaultReading.choices, facts);
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
  const text = SMALL.replace(
    "axes:\n",
    `axes:\n  nth:\n    source: derived\n    values:\n${values}\n`,
  ).replace(
    /clauses:\n[^]*(?= {2}- id: C4)/,
    `clauses:\n${stringify(clauses).replace(/^/gm, "  ").trimEnd()}\n`,
  );
  const compiled = compileAgreement(parseAgreement(text, "a.yaml"), defaultReading);
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
  const original = compileAgreement(shippedAgreement, defaultReading);
  const cells = everyCell(shippedAgreement.value);
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      const text = stringify(shuffled(shippedAgreement.value, numbers));
      const compiled = compileAgreement(parseAgreement(text, "b.yaml"), defaultReading);
      expect(compiled.digest).toBe(original.digest);
      for (const facts of cells) expect(decide(compiled, facts)).toEqual(decide(original, facts));
    }),
    { numRuns: 12, seed: 7 },
  );
});

test("comments and layout do not change the digest, words and choices do", () => {
  const digest = compileAgreement(shippedAgreement, defaultReading).digest;
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(digestOf(`# another comment\n${agreementText}`)).toBe(digest);
  expect(digestOf(agreementText.replace("version: 1", "version: 2"))).not.toBe(digest);
  expect(
    digestOf(agreementText.replace("microsoft: 200000, openai: 800000", "microsoft: 190000, openai: 810000")),
  ).not.toBe(digest);
  expect(digestOf(agreementText.replace("for all buyers and any seller", "for all buyers"))).not.toBe(digest);
  const other = { ...defaultReading, choices: { ...defaultReading.choices, A1: "family" } };
  expect(compileAgreement(shippedAgreement, other).digest).not.toBe(digest);
  const stricter = { ...defaultReading, acceptedWidenings: [] };
  expect(compileAgreement(shippedAgreement, stricter).digest).not.toBe(digest);
});

test("an impossible combination is denied as such, whatever the clauses say of it", () => {
  const entry =
    "infeasible: [{ id: X1, when: { workload: stateful, region: eu }, because: sessions are American }]";
  const compiled = compileAgreement(smallWith("infeasible: []", entry), defaultReading);
  const verdict = decide(compiled, { workload: "stateful", region: "eu" });
  expect(verdict).toMatchObject({ kind: "denied", reason: "infeasible", clauses: ["X1"] });
  expect(decide(compiled, { workload: "stateful", region: "us" }).kind).toBe("allowed");
});

function digestOf(text: string): string {
  return compileAgreement(parseAgreement(text, "a.yaml"), defaultReading).digest;
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
