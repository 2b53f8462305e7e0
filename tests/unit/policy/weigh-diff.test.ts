import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseAgreement } from "../../../src/agreement/parse.ts";
import { withShares as putShares } from "../../../src/agreement/share-preset.ts";
import type { CallFacts } from "../../../src/domain/call.ts";
import { diffPolicies } from "../../../src/policy/diff/diff-policies.ts";
import { changesClass } from "../../../src/policy/diff/reclassified.ts";
import { movedPicoUsd, weighDiff, weighPlaces } from "../../../src/policy/diff/weigh-diff.ts";
import { compilePolicy, type Policy } from "../../../src/policy/policy.ts";
import { sumWeights, type Weight, type WeightedCall } from "../../../src/policy/traffic.ts";
import { stringify } from "yaml";
import { agreementOf, readingOf, shipped } from "../agreement/shipped.ts";

const FEBRUARY = policyOf("2026-02-27", "default");

test("a first turn counts in the row of its evidence, in its move and in what becomes of it, a chat in none", () => {
  const diff = diffPolicies(FEBRUARY, policyOf("2026-02-27", "api-family"));
  const calls = [
    call({ api: "responses", store: "kept" }, { calls: 3, tokens: 30n, grossPicoUsd: 300n }),
    call({}, { calls: 7, tokens: 700n, grossPicoUsd: 1_000n }),
  ];
  const weights = weighDiff(diff, calls);
  expect(weights.total).toMatchObject({ calls: 10, tokens: 730n, grossPicoUsd: 1_300n });
  expect(weights.otherHosts).toEqual({ calls: 3, tokens: 30n, grossPicoUsd: 300n });
  expect(weights.gaining).toEqual(weights.otherHosts);
  expect(weights.losing.calls).toBe(0);
  const evidence = diff.evidence.rows.filter((row) => changesClass(row) && row.from.workload === "stateless");
  expect(weighPlaces(weights, evidence)).toMatchObject({ calls: 3, tokens: 30n, grossPicoUsd: 300n });
  const [move, ...others] = diff.moves.filter((each) => weights.places.has(each));
  expect(others).toEqual([]);
  expect(move?.axes).toEqual([{ axis: "workload", from: "stateless", to: "stateful" }]);
  expect(weighPlaces(weights, move?.rows ?? [])).toMatchObject({ calls: 3 });
});

test("dollars move by the parts per million, exactly, and what one party loses another gains", () => {
  const diff = diffPolicies(FEBRUARY, withShares({ microsoft: 150_000, openai: 850_000 }));
  const calls = [
    call({}, { calls: 1, tokens: 1n, grossPicoUsd: 1_000_003n }),
    call({}, { calls: 1, tokens: 1n, grossPicoUsd: 17n }),
  ];
  const weights = weighDiff(diff, calls);
  expect(diff.verdict).toBe("EQUIVALENT");
  expect(weights.otherHosts.calls).toBe(0);
  // 5 % of 1,000,020, rounded once.
  expect(movedPicoUsd(weights.total)).toEqual({ microsoft: -50_001n, openai: 50_001n });
});

test("dollars move by the shares of the day a call was made on", () => {
  const [flat, declining] = ["azure-exclusive", "declining-share"].map((id) => {
    const preset = shipped.presets.find((each) => each.id === id);
    if (!preset) throw new RangeError(`no preset ${id}`);
    return compilePolicy(shipped, putShares(agreementOf("2026-04-27"), preset), readingOf("default"));
  });
  if (!flat || !declining) throw new RangeError("two policies were asked for");
  const on = (date: string) => {
    const made = { ...call({}, { calls: 1, tokens: 1n, grossPicoUsd: 100n }), date };
    return movedPicoUsd(weighDiff(diffPolicies(flat, declining), [made]).total);
  };
  expect(on("2026-12-31")).toEqual({});
  expect(on("2028-01-01")).toEqual({ microsoft: -6n, openai: 6n });
  expect(on("2035-01-01")).toEqual({ microsoft: -12n, openai: 12n });
});

test("nothing moves where nobody's part changes", () => {
  const diff = diffPolicies(FEBRUARY, policyOf("2026-02-27", "api-family"));
  const weights = weighDiff(diff, [call({ api: "responses" }, { calls: 1, tokens: 1n, grossPicoUsd: 5n })]);
  expect(movedPicoUsd(weights.total)).toEqual({});
});

test("a call of a model in its head start is decided by the days of each side", () => {
  const [before, after] = [policyOf("2026-04-27", "default"), policyOf("2026-04-27", "strict-azure")];
  const diff = diffPolicies(before, after);
  const one = { calls: 1, tokens: 1n, grossPicoUsd: 1n };
  const fresh = { ...call({}, one), launched: "2026-05-01", date: "2026-05-10" };
  const old = { ...call({}, one), launched: "2026-01-01", date: "2026-05-10" };
  const weights = weighDiff(diff, [fresh, old]);
  expect(weights.losing.calls).toBe(1);
  const moved = diff.moves.filter((move) => weights.places.has(move));
  expect(moved.map(({ axes }) => axes)).toEqual([[{ axis: "head-start", from: "over", to: "running" }]]);
});

test("a call is decided by the dated facts of each side, and counts where they move it", () => {
  const basis = "assumed" as const;
  const verified = { from: "2026-03-15", value: "verified", basis, source: ["S1"], because: "to see" };
  const agi = [...(shipped.facts.facts["agi"] ?? []), verified];
  const facts = { ...shipped.facts, facts: { ...shipped.facts.facts, agi } };
  const diff = diffPolicies(
    FEBRUARY,
    compilePolicy({ ...shipped, facts }, agreementOf("2026-02-27"), readingOf("default")),
  );
  const one = { calls: 1, tokens: 1n, grossPicoUsd: 1n };
  const [early, late] = ["2026-03-01", "2026-03-31"].map((date) => ({ ...call({}, one), date }));
  if (!early || !late) throw new RangeError("two calls were made");
  expect(weighDiff(diff, [early]).places.size).toBe(0);
  const weights = weighDiff(diff, [early, late]);
  expect(weights.gaining.calls).toBe(1);
  const moved = diff.moves.filter((move) => weights.places.has(move));
  expect(moved.map(({ axes }) => axes)).toEqual([[{ axis: "agi", from: "not-verified", to: "verified" }]]);
  const rows = moved.flatMap((move) => move.rows).filter(({ gained }) => gained.length > 0);
  expect(weighPlaces(weights, rows).calls).toBe(1);
});

test("a call with a value that no axis knows is denied on both sides and falls in no row", () => {
  const diff = diffPolicies(FEBRUARY, policyOf("2026-04-27", "default"));
  const strange = call({}, { calls: 1, tokens: 1n, grossPicoUsd: 1n }, { partner: "nobody" });
  const blind = call({ job: "dream" }, { calls: 1, tokens: 1n, grossPicoUsd: 1n });
  const weights = weighDiff(diff, [strange, blind]);
  expect(weights.total.calls).toBe(2);
  expect(weights.places.size).toBe(0);
  expect(weights.otherHosts.calls).toBe(0);
});

test("whatever the traffic, the rows that change hosts weigh what all such calls weigh", () => {
  const policies = shipped.agreements.flatMap(({ regime }) =>
    ["default", "api-family", "strict-azure", "permissive"].map((reading) => policyOf(regime, reading)),
  );
  const valueOf = ({
    axes,
  }: {
    readonly axes: readonly { readonly name: string; readonly values: readonly string[] }[];
  }) => fc.record(Object.fromEntries(axes.map(({ name, values }) => [name, fc.constantFrom(...values)])));
  const anyCall = fc
    .tuple(
      valueOf(FEBRUARY.classifier),
      valueOf(FEBRUARY.agreement),
      fc.nat(1_000),
      fc.constantFrom(null, "2026-03-05"),
    )
    .map(([evidence, facts, size, launched]): WeightedCall => {
      const weight = { calls: size, tokens: BigInt(size), grossPicoUsd: BigInt(size) };
      return { evidence, facts, date: "2026-03-31", launched, ...weight };
    });
  fc.assert(
    fc.property(
      fc.constantFrom(...policies),
      fc.constantFrom(...policies),
      fc.array(anyCall, { maxLength: 20 }),
      (before, after, calls) => {
        const diff = diffPolicies(before, after);
        const weights = weighDiff(diff, calls);
        const rows = [...diff.rows, ...diff.moves.flatMap((move) => move.rows)];
        const changing = rows.filter(({ gained, lost }) => gained.length + lost.length > 0);
        expect(plain(weighPlaces(weights, changing))).toEqual(weights.otherHosts);
        const gaining = rows.filter(({ gained }) => gained.length > 0);
        expect(plain(weighPlaces(weights, gaining))).toEqual(weights.gaining);
        expect(plain(weights.total)).toEqual(sumWeights(calls));
        const sum = [...weights.total.movedPicoUsdPpm.values()].reduce((all, each) => all + each, 0n);
        expect(sum).toBe(0n);
      },
    ),
    { numRuns: 40, seed: 1 },
  );
});

function policyOf(regime: string, reading: string): Policy {
  return compilePolicy(shipped, agreementOf(regime), readingOf(reading));
}

/** The default regime with another revenue share. */
function withShares(shares: Readonly<Record<string, number>>): Policy {
  const { value, file, vocabulary } = agreementOf("2026-02-27");
  const clauses = value.clauses.map((clause) =>
    // oxlint-disable-next-line unicorn/no-thenable -- the agreement's own word
    clause.id === "C11" ? { ...clause, then: { share_ppm: shares } } : clause,
  );
  const agreement = parseAgreement(stringify({ ...value, clauses }), file, vocabulary);
  return compilePolicy(shipped, agreement, readingOf("default"));
}

/** A chat of the direct seller, but for what is given. */
function call(evidence: CallFacts, weight: Weight, facts: CallFacts = {}): WeightedCall {
  return {
    evidence: { ...usual(FEBRUARY.classifier.axes), ...evidence },
    facts: { ...usual(FEBRUARY.agreement.axes), ...facts },
    date: "2026-03-31",
    launched: null,
    ...weight,
  };
}

function usual(axes: readonly { readonly name: string; readonly defaultValue: string }[]): CallFacts {
  return Object.fromEntries(axes.map(({ name, defaultValue }) => [name, defaultValue]));
}

function plain({ calls, tokens, grossPicoUsd }: Weight): Weight {
  return { calls, tokens, grossPicoUsd };
}
