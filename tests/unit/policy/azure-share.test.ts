import { expect, test } from "vitest";
import type { CallFacts } from "../../../src/domain/call.ts";
import { mustMatrix, weighClasses } from "../../../src/policy/azure-share.ts";
import { compilePolicy, type Policy } from "../../../src/policy/policy.ts";
import type { WeightedCall } from "../../../src/policy/traffic.ts";
import { agreementOf, readingOf, shipped } from "../agreement/shipped.ts";

const FEBRUARY = policyOf("2026-02-27", "default");
const CALLS = [
  call({}, {}, 100n),
  call({ api: "responses", store: "kept" }, {}, 20n),
  call({ api: "responses", store: "kept", state: "resolved" }, {}, 5n),
  call({ job: "train", api: "fine-tuning" }, {}, 3n),
  call({}, { family: "openai-open-weight" }, 2n),
];

test("must counts the calls whose allowed set is the provider alone", () => {
  const matrix = mustMatrix(
    [
      FEBRUARY,
      policyOf("2026-02-27", "api-family"),
      policyOf("2026-02-27", "invocation"),
      policyOf("2026-04-27", "default"),
    ],
    CALLS,
    "azure",
  );
  expect(matrix.total).toEqual({ calls: 5, tokens: 130n, grossPicoUsd: 130n });
  const found = matrix.cells.map(({ regime, reading, must }) => [regime, reading, must.calls, must.tokens]);
  expect(found).toEqual([
    ["2026-02-27", "default", 2, 120n],
    ["2026-02-27", "api-family", 1, 100n],
    ["2026-02-27", "invocation", 3, 125n],
    ["2026-04-27", "default", 0, 0n],
  ]);
});

test("a call that may run nowhere is denied, and no part of what must be anywhere", () => {
  const [cell] = mustMatrix(
    [FEBRUARY],
    [call({}, { partner: "nobody" }, 4n), call({ job: "dream" }, {}, 5n)],
    "azure",
  ).cells;
  expect(cell?.must.calls).toBe(0);
  expect(cell?.denied).toEqual({ calls: 2, tokens: 9n, grossPicoUsd: 9n });
});

test("a switch that a date turns counts in the regimes of that time, not in those before", () => {
  const { agi = [] } = shipped.facts.facts;
  const verified = agi.map((entry) => ({ ...entry, from: "2026-03-01", value: "verified" }));
  const facts = { ...shipped.facts, facts: { ...shipped.facts.facts, agi: [...agi, ...verified] } };
  const [october, february] = ["2025-10-28", "2026-02-27"].map((regime) =>
    compilePolicy({ ...shipped, facts }, agreementOf(regime), readingOf("default")),
  );
  if (!october || !february) throw new RangeError("two policies were asked for");
  // Made on 31 March, and recorded with what held then.
  const made = call({}, { agi: "verified" }, 100n);
  const { cells } = mustMatrix([october, february], [made], "azure");
  expect(cells.map(({ must }) => must.calls)).toEqual([1, 0]);
});

test("no traffic gives a matrix of nothing", () => {
  const { total, cells } = mustMatrix([FEBRUARY], [], "azure");
  expect([total.calls, cells.map(({ must }) => must.calls)]).toEqual([0, [0]]);
});

test("the class of a call is that of the reading, not the one it was recorded under", () => {
  const recorded = CALLS.map((each) => ({ ...each, facts: { ...each.facts, workload: "batch" } }));
  const counts = weighClasses(FEBRUARY, recorded).map(({ workload, weight }) => [workload, weight.calls]);
  expect(counts).toEqual([
    ["stateless", 3],
    ["stateful", 1],
    ["training", 1],
  ]);
});

function policyOf(regime: string, reading: string): Policy {
  return compilePolicy(shipped, agreementOf(regime), readingOf(reading));
}

/** A chat of the direct seller, but for what is given. */
function call(evidence: CallFacts, facts: CallFacts, size: bigint): WeightedCall {
  return {
    evidence: { ...usual(FEBRUARY.classifier.axes), ...evidence },
    facts: { ...usual(FEBRUARY.agreement.axes), ...facts },
    date: "2026-03-31",
    launched: null,
    calls: 1,
    tokens: size,
    grossPicoUsd: size,
  };
}

function usual(axes: readonly { readonly name: string; readonly defaultValue: string }[]): CallFacts {
  return Object.fromEntries(axes.map(({ name, defaultValue }) => [name, defaultValue]));
}
