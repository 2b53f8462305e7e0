import { describe, expect, it } from "vitest";
import { KNOBS } from "../../../src/agreement/knobs.ts";
import type { Classification } from "../../../src/classification/classify.ts";
import { EVERY_CALL, type Call } from "./every-call.ts";
import { classifyByCode } from "./oracle.ts";
import { classified, shippedUnder } from "./support.ts";

describe.each(KNOBS.A1.simulated)("under %s", (A1) => {
  it("the table classifies every call as the code did that it replaced", () => {
    const classifier = shippedUnder({ A1 });
    const differing = EVERY_CALL.filter(({ operation, features }) => {
      const { workload, inference, retained, widening } = classified(classifier, operation, features);
      const before = classifyByCode({ operation, features }, A1);
      return JSON.stringify({ workload, inference, retained, widening }) !== JSON.stringify(before);
    });
    expect(EVERY_CALL).toHaveLength(39 * 4 * 3 * 2 ** 5);
    expect(differing).toEqual([]);
  });
});

/** The calls whose class differs between two readings, each with its class under the second. */
function moved(one: Parameters<typeof shippedUnder>[0], other: typeof one) {
  const [left, right] = [shippedUnder(one), shippedUnder(other)];
  return EVERY_CALL.flatMap((call): (Call & { readonly to: Classification })[] => {
    const [from, to] = [left, right].map((each) => classified(each, call.operation, call.features));
    if (from === undefined || to === undefined || from.workload === to.workload) return [];
    return [{ ...call, to }];
  });
}

describe("a declaration (A2)", () => {
  it("by dependence makes a session of every generation whose reply is kept, and of nothing else", () => {
    const calls = moved({ A1: "dependence" }, { A1: "dependence", A2: "declaration" });
    expect(calls.length).toBeGreaterThan(0);
    for (const { operation, features, to } of calls) {
      expect(to).toMatchObject({ workload: "stateful", rules: ["K5-declared"], widening: null });
      expect(operation.job).toBe("generate");
      expect(operation.api === "chat" ? features.store === true : features.store !== false).toBe(true);
    }
  });

  it.each(["family", "retention", "invocation"])("changes nothing under %s", (A1) => {
    expect(moved({ A1 }, { A1, A2: "declaration" })).toEqual([]);
  });
});

describe("hidden state that counts (A6)", () => {
  it.each(["dependence", "retention"])("moves generations with a long-kept cache under %s", (A1) => {
    const calls = moved({ A1 }, { A1, A6: "counts" });
    expect(calls.length).toBeGreaterThan(0);
    for (const { operation, features, to } of calls) {
      expect(to).toMatchObject({ workload: "stateful", rules: ["K6"], widening: null });
      expect([operation.job, features.extendedCache]).toEqual(["generate", true]);
    }
  });

  it.each(["family", "invocation"])("changes nothing under %s", (A1) => {
    expect(moved({ A1 }, { A1, A6: "counts" })).toEqual([]);
  });
});
