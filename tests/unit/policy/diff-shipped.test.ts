/** Diffs of the shipped regimes and readings against a count that walks every combination of values. */

import { describe, expect, test } from "vitest";
import { decide } from "../../../src/agreement/decide.ts";
import { diffPolicies, rowsWithNewProviders } from "../../../src/policy/diff/diff-policies.ts";
import { changesClass } from "../../../src/policy/diff/reclassified.ts";
import { summarise, summariseEvidence } from "../../../src/policy/diff/summary.ts";
import { compilePolicy, type Policy } from "../../../src/policy/policy.ts";
import { formatCube } from "../../../src/decision-table/cubes.ts";
import type { CallFacts } from "../../../src/domain/call.ts";
import { agreementOf, readingOf, shipped } from "../agreement/shipped.ts";

describe.each([
  ["2026-02-27", "default", "2026-02-27", "api-family"],
  ["2026-02-27", "default", "2026-02-27", "invocation"],
  ["2026-02-27", "retention", "2026-02-27", "default"],
  ["2026-02-27", "strict-azure", "2026-02-27", "permissive"],
  ["2026-04-27", "permissive", "2026-04-27", "strict-azure"],
  ["2025-10-28", "default", "2026-02-27", "default"],
  ["2023-01", "default", "2026-04-27", "permissive"],
])("%s x %s against %s x %s", (regime, reading, otherRegime, otherReading) => {
  const before = policyOf(regime, reading);
  const after = policyOf(otherRegime, otherReading);
  const diff = diffPolicies(before, after);

  test("cells gain and lose as a walk over all of them says", () => {
    let [gaining, losing] = [0, 0];
    for (const facts of combinations(before.agreement.axes)) {
      const [left, right] = [hosts(before, facts), hosts(after, facts)];
      if (right.some((each) => !left.includes(each))) gaining++;
      if (left.some((each) => !right.includes(each))) losing++;
    }
    expect(diff.cells).toMatchObject({ gaining, losing });
  });

  test("a call gains a provider exactly where a diff of cells or of moves says so", () => {
    const gains = new Set<string>();
    const pairs = classPairs(before, after);
    const starts = headStarts(before, after);
    for (const facts of combinations(before.agreement.axes)) {
      for (const [from, to] of pairs) {
        if (facts["workload"] !== from) continue;
        for (const headStart of starts) {
          if (facts["head-start"] !== headStart[0]) continue;
          const moved = { ...facts, workload: to, "head-start": headStart[1] };
          const [left, right] = [hosts(before, facts), hosts(after, moved)];
          for (const each of right.filter((provider) => !left.includes(provider))) gains.add(each);
        }
      }
    }
    const found = rowsWithNewProviders(diff);
    // The diff of cells also speaks of classes that no evidence leaves as they are.
    const movesOnly = new Set(diff.moves.flatMap(({ rows }) => rows.flatMap(({ gained }) => gained)));
    for (const each of movesOnly) expect([...gains]).toContain(each);
    for (const each of gains) expect(found.some(({ gained }) => gained.includes(each))).toBe(true);
  });
});

test("stateless by endpoint opens AWS to every response, and binds continued chats to Azure", () => {
  const diff = diffPolicies(policyOf("2026-02-27", "default"), policyOf("2026-02-27", "api-family"));
  expect(diff.rows).toEqual([]);
  expect(diff.verdict).toBe("INCOMPARABLE");
  const classes = summariseEvidence(diff.evidence).filter(({ example }) => changesClass(example));
  const toStateful = classes.find(({ example: { from } }) => from.workload === "stateless");
  expect(toStateful?.example.to).toEqual({ workload: "stateful", rules: ["K2-family"] });
  expect(toStateful?.cover.cubes.map(formatCube)).toEqual([
    "api=responses auto-container=no background=no job=generate state=none",
  ]);
  const opened = rowsWithNewProviders(diff);
  expect(opened.length).toBeGreaterThan(0);
  for (const row of opened) {
    expect(row).toMatchObject({ before: { providers: ["azure"] }, after: { providers: ["aws", "azure"] } });
  }
});

test("under invocation no call gains a provider by its class, only sessions are read as management", () => {
  const diff = diffPolicies(policyOf("2026-02-27", "default"), policyOf("2026-02-27", "invocation"));
  const gaining = diff.moves.filter(({ rows }) => rows.some(({ gained }) => gained.length > 0));
  expect(gaining.map(({ axes }) => axes)).toEqual([
    [{ axis: "workload", from: "stateful", to: "management" }],
  ]);
});

test("the amendment frees what was exclusive; the head start binds what is new", () => {
  const diff = diffPolicies(policyOf("2026-02-27", "default"), policyOf("2026-04-27", "default"));
  const { space, impossible } = diff.joint;
  const { hosts: changes } = summarise(space, diff.rows, impossible);
  const tighter = changes.filter(({ example }) => example.kind === "tighter");
  expect(tighter.length).toBeGreaterThan(0);
  for (const { cover } of tighter) {
    for (const cube of cover.cubes) expect(cube["head-start"]).toEqual(["running"]);
  }
});

test("a longer head start is a move of its own where the agreement asks, and none where it does not", () => {
  const asked = diffPolicies(policyOf("2026-04-27", "permissive"), policyOf("2026-04-27", "strict-azure"));
  expect(asked.headStartDays).toEqual({ before: 1, after: 30 });
  expect(asked.moves.map(({ axes }) => axes)).toContainEqual([
    { axis: "head-start", from: "over", to: "running" },
  ]);
  const notAsked = diffPolicies(policyOf("2026-02-27", "permissive"), policyOf("2026-02-27", "strict-azure"));
  expect(notAsked.headStartDays).toBeNull();
});

function policyOf(regime: string, reading: string): Policy {
  return compilePolicy(shipped, agreementOf(regime), readingOf(reading));
}

function hosts({ agreement }: Policy, facts: CallFacts): readonly string[] {
  const verdict = decide(agreement, facts);
  return verdict.kind === "allowed" ? verdict.providers : [];
}

interface Valued {
  readonly name: string;
  readonly values: readonly string[];
}

function* combinations(axes: readonly Valued[]): Generator<CallFacts> {
  const [first, ...rest] = axes;
  if (first === undefined) {
    yield {};
    return;
  }
  for (const other of combinations(rest))
    for (const value of first.values) yield { [first.name]: value, ...other };
}

/** Classes that some evidence has before and after, found by the flat tables. */
function classPairs(before: Policy, after: Policy): readonly (readonly [string, string])[] {
  const pairs = new Map<string, readonly [string, string]>();
  before.classifier.cells.forEach((number, cell) => {
    const left = before.classifier.outcomes[number];
    const right = after.classifier.outcomes[after.classifier.cells[cell] ?? -1];
    if (left?.kind !== "classified" || right?.kind !== "classified") return;
    pairs.set(`${left.workload} ${right.workload}`, [left.workload, right.workload]);
  });
  return [...pairs.values()];
}

/** A head start is the same on both sides, or has begun to run, or has ended. */
function headStarts(before: Policy, after: Policy): readonly (readonly [string, string])[] {
  const [left = 0, right = 0] = [before, after].map(
    ({ facts, agreement }) => facts.head_start.days[agreement.choices.A22],
  );
  const same = [
    ["over", "over"],
    ["running", "running"],
  ] as const;
  if (left === right) return same;
  return [...same, left < right ? ["over", "running"] : ["running", "over"]];
}
