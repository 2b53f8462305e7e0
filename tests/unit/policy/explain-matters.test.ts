import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CompiledAgreement } from "../../../src/agreement/compile.ts";
import { sameOutcome } from "../../../src/agreement/verify/same-outcome.ts";
import type { Ruling } from "../../../src/agreement/verdict.ts";
import { cellOf } from "../../../src/decision-table/axes.ts";
import type { CallFacts } from "../../../src/domain/call.ts";
import { findMatters } from "../../../src/policy/explain/matters.ts";
import { anyCall, callWith, completions, shipped } from "./explain-support.ts";

/** The full table keeps each distinct ruling once, so that identity compares all of it. */
function rulingOn({ axes, cells, outcomes }: CompiledAgreement, facts: CallFacts): Ruling | undefined {
  return outcomes[cells[cellOf(axes, facts)] ?? -1];
}

function isPossible(ruling: Ruling | undefined): boolean {
  return ruling?.kind !== "denied" || ruling.reason !== "infeasible";
}

function otherRulings(
  agreement: CompiledAgreement,
  facts: CallFacts,
  open: readonly string[],
): readonly Ruling[] {
  const own = rulingOn(agreement, facts);
  const axes = agreement.axes.filter(({ name }) => open.includes(name));
  return completions(facts, axes).flatMap((each) => {
    const ruling = rulingOn(agreement, each);
    if (ruling === undefined || ruling === own) return [];
    return isPossible(own) && !isPossible(ruling) ? [] : [ruling];
  });
}

describe("what matters", () => {
  test("is a prime implicant: it forces the whole ruling, and nothing in it can be left out", () => {
    fc.assert(
      fc.property(anyCall, ({ policy: { agreement }, facts }) => {
        const { rests, irrelevant } = findMatters(agreement.reduced, facts, sameOutcome);
        expect([...rests.map(({ axis }) => axis), ...irrelevant].toSorted()).toEqual(
          agreement.axes.map(({ name }) => name),
        );
        expect(otherRulings(agreement, facts, irrelevant)).toEqual([]);
        for (const { axis } of rests) {
          expect(otherRulings(agreement, facts, [...irrelevant, axis]), axis).not.toEqual([]);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("for what is cited never changes the answer", () => {
    fc.assert(
      fc.property(anyCall, ({ policy: { agreement }, facts }) => {
        const own = rulingOn(agreement, facts);
        const { rests, irrelevant } = findMatters(agreement.reduced, facts, sameOutcome);
        const cited = rests.filter(({ onlyCited }) => onlyCited).map(({ axis }) => axis);
        for (const other of otherRulings(agreement, facts, [...irrelevant, ...cited])) {
          expect(own !== undefined && sameOutcome(own, other)).toBe(true);
        }
        for (const { axis } of rests.filter(({ onlyCited }) => !onlyCited)) {
          const others = otherRulings(agreement, facts, [...irrelevant, ...cited, axis]);
          expect(others.some((other) => own !== undefined && !sameOutcome(own, other))).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("lists values that no rule tells apart", () => {
    fc.assert(
      fc.property(anyCall, ({ policy: { agreement }, facts }) => {
        for (const { axis, value, alike } of findMatters(agreement.reduced, facts, sameOutcome).rests) {
          expect(value).toBe(facts[axis]);
          for (const other of alike) {
            expect(rulingOn(agreement, { ...facts, [axis]: other })).toBe(rulingOn(agreement, facts));
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("of a stateless call through Amazon is what the statement names, not the region", () => {
    const { facts } = callWith({ partner: "amazon" });
    const { rests, irrelevant } = findMatters(shipped.agreement.reduced, facts, sameOutcome);
    expect(rests.map(({ axis }) => axis)).toEqual(expect.arrayContaining(["family", "workload"]));
    expect(rests.find(({ axis }) => axis === "partner")).toMatchObject({ value: "amazon", onlyCited: true });
    expect(irrelevant).toContain("region");
  });
});
