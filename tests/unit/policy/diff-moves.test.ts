/** What a diff says of calls that move, against a walk over every combination of values: no merged cells, no cubes. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Ruling } from "../../../src/agreement/verdict.ts";
import { parseClassification } from "../../../src/classification/parse.ts";
import { cellOf, type Axis } from "../../../src/decision-table/axes.ts";
import type { Cube } from "../../../src/decision-table/cubes.ts";
import type { CallFacts } from "../../../src/domain/call.ts";
import type { AxisMove } from "../../../src/policy/diff/axis-moves.ts";
import type { ChangeRow } from "../../../src/policy/diff/change-rows.ts";
import { diffPolicies } from "../../../src/policy/diff/diff-policies.ts";
import { compilePolicy, type Policy } from "../../../src/policy/policy.ts";
import type { PolicySources } from "../../../src/policy/policy-sources.ts";
import { agreementOf, CONFIG_FOLDER, readingOf, shipped } from "../agreement/shipped.ts";

const AGI_IN_APRIL = withFacts("agi", [
  ["2023-01-23", "not-verified"],
  ["2026-04-01", "verified"],
]);

/** The endpoint decides as well: `/v1/responses` is a session whatever it depends on. */
const SESSIONS_BY_ENDPOINT = withClassification(
  "when: { api: [responses, conversations] }\n    only-if: { A1: family }",
  "when: { api: [responses, conversations], job: generate }\n    only-if: { A1: [dependence, family] }",
);

describe.each<readonly [string, Policy, Policy]>([
  // No clause of these regimes tells apart all the classes that a call moves between.
  pair("2026-04-27", "default", "2026-04-27", "invocation"),
  pair("2025-01-21", "default", "2025-01-21", "invocation"),
  pair("2026-04-27", "retention", "2026-04-27", "strict-azure"),
  pair("2026-04-27", "strict-azure", "2025-01-21", "api-family"),
  pair("2023-01", "api-family", "2025-01-21", "permissive"),
  // Those of this one do.
  pair("2026-02-27", "default", "2026-02-27", "invocation"),
  pair("2026-02-27", "api-family", "2026-04-27", "retention"),
  // Two configurations.
  [
    "AGI not verified against verified",
    policyOf("2026-02-27", "default"),
    policyOf("2026-02-27", "default", AGI_IN_APRIL),
  ],
  [
    "sessions by dependence against sessions by endpoint",
    policyOf("2026-02-27", "default"),
    policyOf("2026-02-27", "default", SESSIONS_BY_ENDPOINT),
  ],
  [
    "sessions by endpoint before AGI against invocation after it",
    policyOf("2025-10-28", "default", SESSIONS_BY_ENDPOINT),
    policyOf("2026-02-27", "invocation", AGI_IN_APRIL),
  ],
])("%s", (_, before, after) => {
  const diff = diffPolicies(before, after);
  const walked = diff.moves.map((move) => ({ move, ...walk(before, after, move.axes) }));

  test("every pair of classes that some evidence has is a move", () => {
    const found = new Set(diff.moves.flatMap(({ axes }) => axes.filter(({ axis }) => axis === "workload")));
    expect(new Set([...found].map(({ from, to }) => `${from} ${to}`))).toEqual(classPairs(before, after));
  });

  test("the rows of a move have the cells that change so, and as many", () => {
    for (const { move, changes } of walked) {
      const counts = [...changes].map(([change, cells]) => [change, cells.size]);
      expect(move.rows.map((row) => [textOf(row), row.cellCount]).toSorted()).toEqual(counts.toSorted());
    }
  });

  test("the cubes of a row hold its cells, and of all others only those that cannot exist", () => {
    for (const { move, changes, impossible } of walked) {
      for (const row of move.rows) {
        const wanted = changes.get(textOf(row)) ?? new Set();
        const held = new Set(row.cover.cubes.flatMap((cube) => cellsOf(before.agreement.axes, cube)));
        expect([...held].filter((cell) => !wanted.has(cell) && !impossible.has(cell))).toEqual([]);
        if (row.cover.cellsLeft === 0) expect([...wanted].filter((cell) => !held.has(cell))).toEqual([]);
      }
    }
  });

  test("cells of all moves that gain a host, and those that lose one, are summed", () => {
    const changes = walked.flatMap((each) => [...each.changes]);
    const sum = (kinds: readonly string[]) =>
      changes.reduce(
        (all, [text, { size }]) => all + (kinds.some((kind) => hasKind(text, kind)) ? size : 0),
        0,
      );
    expect(diff.moved).toEqual({ gaining: sum(["gains"]), losing: sum(["loses"]) });
  });
});

test("a session that is read as management takes along no batch and no stateless call", () => {
  const diff = diffPolicies(policyOf("2026-04-27", "default"), policyOf("2026-04-27", "invocation"));
  expect(diff.moved).toEqual({ gaining: 1_536, losing: 0 });
  const cubes = diff.moves.flatMap(({ rows }) => rows.flatMap(({ cover }) => cover.cubes));
  expect(cubes.length).toBeGreaterThan(0);
  for (const cube of cubes) expect(cube["workload"]).toEqual(["stateful"]);
});

test("a fact is a move where a day of the regimes has another value of it, and none where no clause asks", () => {
  const movesOf = (before: Policy, after: Policy) =>
    diffPolicies(before, after).moves.map(({ axes }) => axes.map(({ axis, from, to }) => [axis, from, to]));
  const verified = [[["agi", "not-verified", "verified"]]];
  const february = policyOf("2026-02-27", "default");
  expect(movesOf(february, policyOf("2026-02-27", "default", AGI_IN_APRIL))).toEqual(verified);
  // In force until February, and on no day of April.
  const october = policyOf("2025-10-28", "default");
  expect(movesOf(october, policyOf("2025-10-28", "default", AGI_IN_APRIL))).toEqual([]);
  // A call of April is asked about as of the regime's own first day.
  const octoberByApril = policyOf("2025-10-28", "default", AGI_IN_APRIL);
  expect(movesOf(octoberByApril, policyOf("2026-02-27", "default", AGI_IN_APRIL))).toEqual(verified);
  // Since the amendment nothing depends on AGI.
  const amended = policyOf("2026-04-27", "default");
  expect(movesOf(amended, policyOf("2026-04-27", "default", AGI_IN_APRIL))).toEqual([]);
});

test("policies that speak about different calls are not compared", () => {
  const { value } = shipped.classification;
  const { axes } = value;
  const api = { ...axes["api"], values: { ...axes["api"]?.values, telepathy: "no words are sent" } };
  const more = { ...shipped.classification, value: { ...value, axes: { ...axes, api } as typeof axes } };
  const other = { ...shipped, classification: more };
  expect(() =>
    diffPolicies(policyOf("2026-02-27", "default"), policyOf("2026-02-27", "default", other)),
  ).toThrow(/`api: telepathy` of the classification/);
});

function pair(
  ...[regime, reading, otherRegime, otherReading]: readonly [string, string, string, string]
): readonly [string, Policy, Policy] {
  const name = `${regime} x ${reading} against ${otherRegime} x ${otherReading}`;
  return [name, policyOf(regime, reading), policyOf(otherRegime, otherReading)];
}

function policyOf(regime: string, reading: string, sources: PolicySources = shipped): Policy {
  return compilePolicy(sources, agreementOf(regime), readingOf(reading));
}

function withFacts(axis: string, values: readonly (readonly [string, string])[]): PolicySources {
  const because = "to see what would follow";
  const dated = values.map(([from, value]) => ({
    from,
    value,
    because,
    basis: "assumed" as const,
    source: ["S1"],
  }));
  return { ...shipped, facts: { ...shipped.facts, facts: { ...shipped.facts.facts, [axis]: dated } } };
}

function withClassification(part: string, other: string): PolicySources {
  const text = readFileSync(join(CONFIG_FOLDER, "classification.yaml"), "utf8");
  if (!text.includes(part)) throw new Error(`the classification does not hold \`${part}\``);
  const classification = parseClassification(text.replace(part, other), "classification.yaml");
  return { ...shipped, classification };
}

interface Walked {
  /** By the text of the change, the numbers of the cells. */
  readonly changes: ReadonlyMap<string, ReadonlySet<number>>;
  /** Cells that exist neither before nor after. */
  readonly impossible: ReadonlySet<number>;
}

/** Decides every call that makes the move, before it and after it. */
function walk(before: Policy, after: Policy, moves: readonly AxisMove[]): Walked {
  const { axes } = before.agreement;
  const starts: Cube = Object.fromEntries(moves.map(({ axis, from, to }) => [axis, [from ?? to ?? ""]]));
  const changes = new Map<string, Set<number>>();
  const impossible = new Set<number>();
  for (const facts of combinations(axes, starts)) {
    const moved = Object.fromEntries(moves.map(({ axis, from, to }) => [axis, to ?? from ?? ""]));
    const left = moves.some(({ from }) => from === null) ? null : rulingOf(before, facts);
    const right = moves.some(({ to }) => to === null) ? null : rulingOf(after, { ...facts, ...moved });
    const cell = cellOf(axes, facts);
    if ([left, right].every((ruling) => ruling?.kind === "denied" && ruling.reason === "infeasible")) {
      impossible.add(cell);
      continue;
    }
    const text = changeText(sideOf(left), sideOf(right));
    if (text === null) continue;
    changes.set(text, (changes.get(text) ?? new Set()).add(cell));
  }
  return { changes, impossible };
}

function rulingOf({ agreement }: Policy, facts: CallFacts): Ruling | null {
  return agreement.outcomes[agreement.cells[cellOf(agreement.axes, facts)] ?? -1] ?? null;
}

type RowSide = Pick<ChangeRow["before"], "providers" | "denied" | "clauses"> & { readonly split: unknown };

/** A call without a class is refused by no clause. */
function sideOf(ruling: Ruling | null): RowSide {
  if (ruling === null) return { providers: [], denied: "unclassifiable", clauses: [], split: null };
  const { clauses } = ruling;
  if (ruling.kind === "denied") return { providers: [], denied: ruling.reason, clauses, split: null };
  const { providers, sharePpm, money, moneyClauses } = ruling;
  return { providers, denied: null, clauses, split: { sharePpm, money, clauses: moneyClauses } };
}

function textOf({ before, after, split }: ChangeRow): string {
  const sides = [
    { ...before, split: split?.before ?? null },
    { ...after, split: split?.after ?? null },
  ] as const;
  return changeText(...sides) ?? "nothing";
}

/** Null where nothing changes; the split is only told where it does. */
function changeText(left: RowSide, right: RowSide): string | null {
  const [one, other] = [left, right].map(({ denied, providers, clauses, split }) => [
    JSON.stringify([denied, providers, clauses]),
    JSON.stringify(split),
  ]);
  if (one?.join() === other?.join()) return null;
  const gains = right.providers.some((each) => !left.providers.includes(each));
  const loses = left.providers.some((each) => !right.providers.includes(each));
  const kind = `${gains ? "gains " : ""}${loses ? "loses " : ""}`;
  return `${kind}| ${one?.[0]} -> ${other?.[0]}${one?.[1] === other?.[1] ? "" : ` split ${one?.[1]} -> ${other?.[1]}`}`;
}

function hasKind(text: string, kind: string): boolean {
  return text.slice(0, text.indexOf("|")).includes(kind);
}

function cellsOf(axes: readonly Axis[], cube: Cube): readonly number[] {
  return [...combinations(axes, cube)].map((facts) => cellOf(axes, facts));
}

/** Every combination of one value per axis; of those that are given, where some are. */
function* combinations([axis, ...others]: readonly Axis[], given: Cube): Generator<CallFacts> {
  if (axis === undefined) {
    yield {};
    return;
  }
  for (const rest of combinations(others, given)) {
    for (const value of given[axis.name] ?? axis.values) yield { [axis.name]: value, ...rest };
  }
}

/** Classes of the same evidence that differ, from the flat tables. */
function classPairs(before: Policy, after: Policy): ReadonlySet<string> {
  const classOf = ({ classifier }: Policy, cell: number): string | null => {
    const ruling = classifier.outcomes[classifier.cells[cell] ?? -1];
    return ruling?.kind === "classified" ? ruling.workload : null;
  };
  const pairs = [...before.classifier.cells.keys()].map((cell) => [
    classOf(before, cell),
    classOf(after, cell),
  ]);
  return new Set(pairs.flatMap(([from, to]) => (from === to ? [] : [`${from} ${to}`])));
}
