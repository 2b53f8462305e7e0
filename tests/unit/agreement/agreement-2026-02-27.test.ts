import { describe, expect, test } from "vitest";
import { compileAgreement } from "../../../src/agreement/compile.ts";
import { decide } from "../../../src/agreement/decide.ts";
import type { Verdict } from "../../../src/agreement/verdict.ts";
import type { CallFacts } from "../../../src/domain/call.ts";
import { everyCell } from "./interpreter.ts";
import { defaultReading, shipped, shippedAgreement } from "./shipped.ts";

const compiled = compileAgreement(shippedAgreement, defaultReading);
/** Those that can exist: a partner's own application has a partner. */
const cells = everyCell(shipped.vocabulary.value).filter(
  ({ product, partner }) => product !== "partner-product" || partner !== "none",
);
const BEFORE_AGI = { agi: "not-verified", customer: "commercial" };

function where(condition: CallFacts): readonly CallFacts[] {
  return cells.filter((cell) => Object.entries(condition).every(([axis, value]) => cell[axis] === value));
}

function allowed(facts: CallFacts): Extract<Verdict, { kind: "allowed" }> {
  const verdict = decide(compiled, facts);
  if (verdict.kind !== "allowed") throw new Error(`denied: ${verdict.message}`);
  return verdict;
}

function expectEverywhere(condition: CallFacts, providers: readonly string[], decidedBy: string): void {
  const matching = where(condition);
  expect(matching.length).toBeGreaterThan(0);
  for (const facts of matching) {
    const verdict = allowed(facts);
    expect({ facts, providers: verdict.providers }).toEqual({ facts, providers });
    expect(verdict.clauses[0]).toBe(decidedBy);
  }
}

describe("under the default reading", () => {
  const api = { ...BEFORE_AGI, family: "openai", product: "api" };
  const everywhere = ["aws", "azure", "coreweave", "google", "stargate"];

  test("a stateless API call on closed models is on Azure, whoever sells it and wherever the frontend is", () => {
    expectEverywhere({ ...api, workload: "stateless" }, ["azure"], "C1");
  });

  test("a collaboration with a third party is cited beside the duty and moves nothing", () => {
    const [ordinary = {}] = where({ ...api, workload: "stateless", seller: "openai" });
    const call = { ...ordinary, task: "generation" };
    expect(allowed({ ...call, partner: "amazon" }).clauses).toEqual(["C1", "C2", "C3", "C13"]);
    expect(allowed({ ...call, partner: "none" }).clauses).toEqual(["C1", "C2", "C13"]);
  });

  test("a batch follows its lines to Azure", () => {
    expectEverywhere({ ...api, workload: "batch" }, ["azure"], "C1-batch");
  });

  test("an API session may run on Azure or on the stateful runtime, for every partner", () => {
    expectEverywhere({ ...api, workload: "stateful" }, ["aws", "azure"], "C9");
  });

  test("first-party inference and sessions stay on Azure", () => {
    for (const workload of ["stateless", "stateful", "batch"]) {
      expectEverywhere({ workload, product: "first-party" }, ["azure"], "C4");
    }
  });

  test("training is free to go anywhere, also for first-party products", () => {
    for (const product of ["api", "first-party"]) {
      expectEverywhere({ workload: "training", product }, everywhere, "C5");
    }
  });

  test("management goes to any holder", () => {
    expectEverywhere({ workload: "management" }, everywhere, "G1");
  });

  test("open-weight models may be served anywhere by the API", () => {
    for (const workload of ["stateless", "stateful", "batch"]) {
      expectEverywhere({ workload, family: "openai-open-weight", product: "api" }, everywhere, "C8");
    }
  });

  test("national security customers and verified AGI lift the exclusivity of the API", () => {
    const call = { family: "openai", product: "api", workload: "stateless" };
    expectEverywhere({ ...call, customer: "us-national-security", agi: "not-verified" }, everywhere, "C7");
    expectEverywhere({ ...call, customer: "commercial", agi: "verified" }, everywhere, "C14");
  });

  test("the revenue share is the same on every cloud until AGI is verified, then ends", () => {
    const shares = [
      ["not-verified", "openai", { microsoft: 200_000, openai: 800_000 }, "C11"],
      ["not-verified", "microsoft", { microsoft: 800_000, openai: 200_000 }, "C11-resale"],
      ["verified", "openai", { openai: 1_000_000 }, "C14-share"],
      ["verified", "microsoft", { microsoft: 1_000_000 }, "C14-resale"],
    ] as const;
    for (const [agi, seller, sharePpm, clause] of shares) {
      for (const facts of where({ agi, seller })) {
        expect(allowed(facts).sharePpm).toEqual(sharePpm);
        expect(allowed(facts).moneyClauses).toEqual([clause]);
      }
    }
  });

  test("every decision that turns on closed models rests on the licence", () => {
    for (const facts of where(api)) {
      if (facts["workload"] === "training" || facts["workload"] === "management") continue;
      expect(allowed(facts).clauses).toContain("C13");
    }
  });
});

describe("an unknown fact denies", () => {
  const facts: CallFacts = cells[0] ?? {};
  test.each(compiled.axes.map((axis) => axis.name))("%s", (axis) => {
    for (const value of ["", "any", "toString", "AZURE", "unknown"]) {
      const verdict = decide(compiled, { ...facts, [axis]: value });
      expect(verdict).toMatchObject({ kind: "denied", reason: "unclassifiable", axis, clauses: [] });
    }
    const { [axis]: _, ...missing } = facts;
    expect(decide(compiled, missing)).toMatchObject({ kind: "denied", reason: "unclassifiable", axis });
  });

  test("a fact of no axis does not count", () => {
    expect(decide(compiled, { ...facts, provider: "aws" })).toBe(decide(compiled, facts));
  });
});

test("a verdict is one frozen object for its cell", () => {
  const facts: CallFacts = cells[0] ?? {};
  const verdict = allowed(facts);
  expect(decide(compiled, { ...facts })).toBe(verdict);
  for (const part of [verdict, verdict.providers, verdict.clauses, verdict.sharePpm]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test("every clause names the place it stands at and a source with an address", () => {
  expect(compiled.clauses.get("C1")?.place).toMatch(/config\/agreements\/2026-02-27\.yaml:\d+:5$/);
  for (const clause of compiled.clauses.values()) {
    for (const source of clause.sources)
      expect(shipped.vocabulary.value.sources[source]?.url[0]).toBeTruthy();
  }
});
