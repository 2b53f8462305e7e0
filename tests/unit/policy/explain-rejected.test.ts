import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withChoice } from "../../../src/agreement/reading.ts";
import { explain } from "../../../src/policy/explain/explain.ts";
import { compilePolicy } from "../../../src/policy/policy.ts";
import { anyCall, callWith, policyOf, readingOf, regimeOf, shipped, sources } from "./explain-support.ts";

describe("rejected", () => {
  test("is every provider that is not allowed, each by a clause that speaks about the call and keeps it out", () => {
    fc.assert(
      fc.property(anyCall, ({ policy, facts }) => {
        const { agreement } = policy;
        const { ruling, rejected } = explain(policy, sources, callWith(facts, policy));
        const allowed = ruling.kind === "allowed" ? ruling.providers : [];
        expect([...allowed, ...rejected.map(({ provider }) => provider)].toSorted()).toEqual(
          agreement.providers,
        );
        for (const { provider, by, permissions } of rejected) {
          for (const { clause, modality } of by) {
            const rule = agreement.rules.find(({ id }) => id === clause);
            const speaks = agreement.axes.every(
              ({ name }, position) => rule?.scope[position]?.has(facts[name] ?? "") === true,
            );
            expect(speaks, clause).toBe(true);
            if (rule?.kind !== "clause") expect(modality).toBe("impossibility");
            else expect(rule.providers.has(provider), clause).toBe(modality === "prohibition");
          }
          for (const id of permissions) {
            const rule = agreement.rules.find((each) => each.id === id);
            expect(rule?.kind === "clause" && !rule.providers.has(provider), id).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test("names the obligation that holds a stateless call", () => {
    const { rejected } = explain(shipped, sources, callWith({ workload: "stateless" }));
    expect(rejected).toContainEqual({
      provider: "aws",
      by: [{ clause: "C1", modality: "obligation", widenedBy: [] }],
      permissions: [],
    });
  });

  test("says that an obligation was widened, and not so far", () => {
    const waived = policyOf(regimeOf("2026-02-27"), withChoice(readingOf("default"), "A8", "waived"));
    const { rejected } = explain(waived, sources, callWith({ workload: "stateless" }));
    expect(rejected).toEqual([
      {
        provider: "aws",
        by: [{ clause: "C1", modality: "obligation", widenedBy: ["C1-waiver"] }],
        permissions: [],
      },
    ]);
  });

  test("says which permissions name others where nothing limits the call", () => {
    const { rejected } = explain(shipped, sources, callWith({ workload: "stateful" }));
    expect(rejected).toContainEqual({ provider: "google", by: [], permissions: ["C9"] });
  });

  test("is everybody where two obligations contradict each other, each provider by those that leave it out", () => {
    const agreement = regimeOf("2026-02-27");
    const c1 = agreement.value.clauses.find(({ id }) => id === "C1");
    if (c1?.modality !== "obligation") throw new Error("C1 is no obligation");
    // oxlint-disable-next-line unicorn/no-thenable -- the agreement's own word
    const against = { ...c1, id: "C99", except: [], then: { provider: { in: ["aws"] } } };
    const value = { ...agreement.value, clauses: [...agreement.value.clauses, against] };
    const policy = compilePolicy(sources, { ...agreement, value }, readingOf("default"));
    const { ruling, because, rejected } = explain(policy, sources, callWith({ workload: "stateless" }));
    expect(ruling).toMatchObject({ kind: "denied", reason: "conflict" });
    expect(because.map(({ id }) => id)).toEqual(["C1", "C99"]);
    const by = (provider: string) =>
      rejected.find((each) => each.provider === provider)?.by.map(({ clause }) => clause);
    expect([by("azure"), by("aws"), by("google")]).toEqual([["C99"], ["C1"], ["C1", "C99"]]);
  });

  test("is everybody where the call cannot exist", () => {
    const subject = callWith({ product: "partner-product", partner: "none" });
    const { ruling, rejected, because, revenue } = explain(shipped, sources, subject);
    expect(ruling).toMatchObject({ kind: "denied", reason: "infeasible" });
    expect(rejected.map(({ provider }) => provider)).toEqual(shipped.agreement.providers);
    expect(rejected[0]?.by).toEqual([{ clause: "X1", modality: "impossibility", widenedBy: [] }]);
    expect(because).toMatchObject([{ id: "X1", modality: "impossibility" }]);
    expect(because[0]?.place).toMatch(/2026-02-27\.yaml:\d+:\d+$/);
    expect(revenue).toBeNull();
  });
});
