import * as fc from "fast-check";
import { expect, test } from "vitest";
import { rulingAt } from "../../../src/agreement/verify/checked-table.ts";
import type { Ruling } from "../../../src/agreement/verdict.ts";
import { choicesUnder } from "../../../src/agreement/reading.ts";
import type { Cube } from "../../../src/decision-table/cubes.ts";
import { groupAt, type Space } from "../../../src/decision-table/space.ts";
import { diffPolicies, type PolicyDiff } from "../../../src/policy/diff/diff-policies.ts";
import type { ChangeRow } from "../../../src/policy/diff/change-rows.ts";
import { everyCell, interpret } from "../agreement/interpreter.ts";
import { anyReading, generatedDocument } from "../agreement/small-agreement.ts";
import { policyOf } from "./generated-policy.ts";

const twoDocuments = fc.tuple(generatedDocument, generatedDocument);
const RUNS = { numRuns: 60, seed: 1 };

test("a policy does not differ from itself", () => {
  fc.assert(
    fc.property(generatedDocument, (document) => {
      const diff = diffPolicies(policyOf(document), policyOf(document));
      expect(diff).toMatchObject({ rows: [], moves: [], verdict: "EQUIVALENT", cells: { changed: 0 } });
      expect(diff.evidence.rows).toEqual([]);
    }),
    RUNS,
  );
});

test("the cells of a diff, applied to the one side, give the other", () => {
  fc.assert(
    fc.property(twoDocuments, ([before, after]) => {
      const diff = diffPolicies(policyOf(before), policyOf(after));
      const { joint } = diff;
      for (const cell of feasibleCells(diff)) {
        expect(apply(diff, cell)).toEqual(said(rulingAt(joint.after, cell)));
      }
    }),
    RUNS,
  );
});

test("the other way round everything is the other way round", () => {
  fc.assert(
    fc.property(twoDocuments, ([one, other]) => {
      const forth = diffPolicies(policyOf(one), policyOf(other));
      const back = diffPolicies(policyOf(other), policyOf(one));
      expect(forth.rows.map(turnedOver).toSorted(byCells)).toEqual(back.rows.map(told).toSorted(byCells));
      expect(forth.cells.gaining).toBe(back.cells.losing);
      expect(forth.cells.losing).toBe(back.cells.gaining);
    }),
    RUNS,
  );
});

test("the cubes of a row hold its cells, every one of them, and no other that can exist", () => {
  let rows = 0;
  fc.assert(
    fc.property(twoDocuments, ([before, after]) => {
      const diff = diffPolicies(policyOf(before), policyOf(after));
      const { space, impossible } = diff.joint;
      for (const { cells, cover } of diff.rows) {
        rows++;
        expect(cover.cellsLeft).toBe(0);
        const covered = allCells(space).filter((cell) =>
          cover.cubes.some((cube) => holds(space, cube, cell)),
        );
        expect(covered.filter((cell) => !impossible.has(cell))).toEqual(cells);
      }
    }),
    RUNS,
  );
  expect(rows).toBeGreaterThan(150);
});

test("no cell stands in two rows", () => {
  fc.assert(
    fc.property(twoDocuments, ([before, after]) => {
      const cells = diffPolicies(policyOf(before), policyOf(after)).rows.flatMap((row) => row.cells);
      expect(new Set(cells).size).toBe(cells.length);
    }),
    RUNS,
  );
});

test("verdict and counts are those of a count without any table", () => {
  const verdicts = new Set<string>();
  const choices = choicesUnder(anyReading, "test");
  fc.assert(
    fc.property(twoDocuments, ([before, after]) => {
      const diff = diffPolicies(policyOf(before), policyOf(after));
      let [gaining, losing] = [0, 0];
      for (const facts of everyCell(before)) {
        const [left, right] = [before, after].map((document) => {
          const answer = interpret(document, choices, facts);
          return answer.kind === "allowed" ? answer.providers : [];
        });
        if (right?.some((each) => !left?.includes(each))) gaining++;
        if (left?.some((each) => !right?.includes(each))) losing++;
      }
      expect(diff.cells).toMatchObject({ gaining, losing });
      const expected =
        gaining === 0 ? (losing === 0 ? "EQUIVALENT" : "TIGHTER") : losing === 0 ? "LOOSER" : "INCOMPARABLE";
      expect(diff.verdict).toBe(expected);
      verdicts.add(diff.verdict);
    }),
    RUNS,
  );
  // Otherwise the agreement of the two would say little.
  expect([...verdicts].toSorted()).toEqual(["EQUIVALENT", "INCOMPARABLE", "LOOSER", "TIGHTER"]);
});

type Told = Pick<ChangeRow, "kind" | "before" | "after" | "gained" | "lost" | "split" | "cells">;

function told({ kind, before, after, gained, lost, split, cells }: ChangeRow): Told {
  return { kind, before, after, gained, lost, split, cells };
}

function turnedOver({ kind, before, after, gained, lost, split, cells }: ChangeRow): Told {
  return {
    kind: kind === "looser" ? "tighter" : kind === "tighter" ? "looser" : kind,
    before: after,
    after: before,
    gained: lost,
    lost: gained,
    split: split && { before: split.after, after: split.before },
    cells,
  };
}

function byCells(a: Told, b: Told): number {
  return (a.cells[0] ?? 0) - (b.cells[0] ?? 0);
}

/** What the side before says about a cell, changed as the diff has it. */
function apply({ joint, rows }: PolicyDiff, cell: number) {
  const before = said(rulingAt(joint.before, cell));
  const row = rows.find(({ cells }) => cells.includes(cell));
  if (row === undefined) return before;
  return { hosts: row.after, split: row.split === null ? before.split : row.split.after };
}

function said(ruling: Ruling) {
  const { clauses } = ruling;
  if (ruling.kind === "denied") {
    return { hosts: { providers: [], denied: ruling.reason, clauses }, split: null };
  }
  const { providers, sharePpm, money, moneyClauses } = ruling;
  return { hosts: { providers, denied: null, clauses }, split: { sharePpm, money, clauses: moneyClauses } };
}

function feasibleCells({ joint: { space, impossible } }: PolicyDiff): readonly number[] {
  return allCells(space).filter((cell) => !impossible.has(cell));
}

function allCells({ size }: Space): readonly number[] {
  return [...Array(size).keys()];
}

function holds({ facets }: Space, cube: Cube, cell: number): boolean {
  return facets.every((facet) => {
    const named = cube[facet.axis.name];
    return named === undefined || groupAt(facet, cell).every((value) => named.includes(value));
  });
}
