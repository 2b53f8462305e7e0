import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../../src/agreement/decide.ts";
import type { Agreement } from "../../../src/agreement/parse.ts";
import { explain } from "../../../src/policy/explain/explain.ts";
import { sameHosts } from "../../../src/policy/explain/same-hosts.ts";
import { compilePolicy } from "../../../src/policy/policy.ts";
import { anyCall, callWith, readingOf, regimeOf, shipped, sources } from "./explain-support.ts";

describe("an explanation", () => {
  test("is of the very verdict that serving gives", () => {
    fc.assert(
      fc.property(anyCall, ({ policy, facts }) => {
        const explanation = explain(policy, sources, callWith(facts, policy));
        const { cell, ...ruling } = decide(policy.agreement, facts);
        expect(explanation.ruling).toEqual(ruling);
        expect(explanation.cell).toBe(cell);
        expect(explanation.because.map(({ id }) => id)).toEqual(ruling.clauses);
      }),
      { numRuns: 100 },
    );
  });

  test("cites each clause with its text and place", () => {
    const { because } = explain(shipped, sources, callWith({}));
    expect(because[0]).toMatchObject({ id: "C1", modality: "obligation", basis: "summarised" });
    expect(because[0]?.text).toMatch(/hosted on Azure/);
    expect(because[0]?.place).toMatch(/2026-02-27\.yaml:\d+:\d+$/);
  });

  test("of revenue has shares that sum to the whole, by clauses that ask for them on every cloud", () => {
    const { revenue } = explain(shipped, sources, callWith({ workload: "stateful" }));
    expect(revenue?.sharePpm).toEqual({ microsoft: 200_000, openai: 800_000 });
    expect(revenue?.by).toMatchObject([{ clause: { id: "C11", basis: "assumed" }, everywhere: true }]);
    expect(revenue?.switches).toMatchObject([
      { clause: { id: "C14-share" }, when: { agi: "verified" }, sharePpm: { openai: 1_000_000 } },
    ]);
  });

  test("of an unknown fact says which one, and nothing that it cannot know", () => {
    const explanation = explain(shipped, sources, callWith({ partner: "nobody" }));
    expect(explanation.ruling).toMatchObject({ kind: "denied", reason: "unclassifiable", axis: "partner" });
    expect(explanation.matters).toBeNull();
    expect(explanation.nearest.neighbours).toEqual([]);
    expect(explanation.rejected).toHaveLength(shipped.agreement.providers.length);
  });

  test("of evidence from another time is a denial, not a guess", () => {
    const evidence = { job: "generate", api: "telepathy" };
    const { ruling, cell, classification } = explain(shipped, sources, { ...callWith({}), evidence });
    expect(ruling).toMatchObject({ kind: "denied", reason: "unclassifiable" });
    expect(cell).toBeNull();
    expect(classification?.matters.rests).toMatchObject([{ axis: "api", value: "telepathy" }]);
  });

  const without = (id: string): Agreement => {
    const agreement = regimeOf("2026-02-27");
    const clauses = agreement.value.clauses
      .filter((clause) => clause.id !== id)
      .map((clause) => ({
        ...clause,
        overrides: clause.overrides.filter((other) => other !== id),
        except: clause.except.filter((other) => other !== id),
      }));
    return { ...agreement, value: { ...agreement.value, clauses } };
  };

  test("of a gap says that no clause permits any provider", () => {
    const policy = compilePolicy(sources, without("C9"), readingOf("default"));
    const { ruling, because, rejected, revenue } = explain(
      policy,
      sources,
      callWith({ workload: "stateful" }),
    );
    expect(ruling).toMatchObject({ kind: "denied", reason: "gap" });
    expect(because).toEqual([]);
    expect(revenue).toBeNull();
    expect(rejected.every(({ by, permissions }) => by.length === 0 && permissions.length === 0)).toBe(true);
  });
});

describe("the nearest calls", () => {
  test("have other hosts, and one changed axis that leads to others is never passed over", () => {
    fc.assert(
      fc.property(anyCall, ({ policy, facts }) => {
        const { agreement } = policy;
        const { ruling, nearest } = explain(policy, sources, callWith(facts, policy));
        for (const { change, distance, ruling: there } of nearest.neighbours) {
          expect(Object.keys(change)).toHaveLength(distance);
          const first = Object.entries(change).map(([axis, [value = ""]]) => [axis, value] as const);
          const { cell: _, ...expected } = decide(agreement, { ...facts, ...Object.fromEntries(first) });
          expect(there).toEqual(expected);
          expect(sameHosts(there, ruling)).toBe(false);
        }
        if (nearest.more > 0) return;
        for (const { name, values } of agreement.axes) {
          for (const value of values) {
            const other = decide(agreement, { ...facts, [name]: value });
            if (other.kind === "denied" && other.reason === "infeasible") continue;
            const listed = nearest.neighbours.some(
              ({ change, distance }) => distance === 1 && change[name]?.includes(value) === true,
            );
            expect(listed, `${name}=${value}`).toBe(!sameHosts(other, ruling));
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
