import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../../src/agreement/decide.ts";
import { KNOB_IDS, KNOBS } from "../../../src/agreement/knobs.ts";
import { choicesUnder, withChoice } from "../../../src/agreement/reading.ts";
import { sameOutcome } from "../../../src/agreement/verify/same-outcome.ts";
import type { Ruling } from "../../../src/agreement/verdict.ts";
import { cellOf } from "../../../src/decision-table/axes.ts";
import { answerUnder } from "../../../src/policy/explain/answer-under.ts";
import { explain } from "../../../src/policy/explain/explain.ts";
import type { Alternative, Flip } from "../../../src/policy/explain/flips.ts";
import type { Facts } from "../../../src/agreement/facts.ts";
import { factsOfDay, factsUnder, type Subject } from "../../../src/policy/explain/subject.ts";
import { compilePolicy, type Policy } from "../../../src/policy/policy.ts";
import {
  anyPolicy,
  anyValues,
  callWith,
  policyOf,
  readingOf,
  regimeOf,
  shipped,
  sources,
} from "./explain-support.ts";

/** Evidence that a call can show; most combinations of job and api are impossible, and flip nothing. */
const anyEvidence = anyValues(shipped.classifier.axes).filter((evidence) => {
  const { axes, cells, outcomes } = shipped.classifier;
  return outcomes[cells[cellOf(axes, evidence)] ?? -1]?.kind === "classified";
});

/** The shipped facts, but for a verification of AGI in the days of the default regime. */
const AGI_IN_MARCH: Facts = {
  ...sources.facts,
  facts: {
    ...sources.facts.facts,
    agi: [...(sources.facts.facts["agi"] ?? []), verifiedFrom("2026-03-01")],
  },
};

function verifiedFrom(from: string): NonNullable<Facts["facts"][string]>[number] {
  return { from, value: "verified", basis: "assumed", source: ["S1"], because: "asked by a test" };
}

const anySubject = fc.record<Subject>({
  facts: anyValues(shipped.agreement.axes),
  evidence: fc.oneof(anyEvidence, anyEvidence, fc.constant(null), anyValues(shipped.classifier.axes)),
  datedFacts: fc.constantFrom(
    () => ({}),
    factsOfDay(sources.facts, { date: "2026-03-31" }),
    factsOfDay(AGI_IN_MARCH, { date: "2026-03-31", launched: "2026-03-20" }),
  ),
});

/** The same question asked of the full tables. */
function answerOfTables(
  { agreement, classifier }: Policy,
  subject: Subject,
): { readonly workload: string | null; readonly ruling: Ruling | null } {
  const classified =
    subject.evidence === null
      ? null
      : classifier.outcomes[classifier.cells[cellOf(classifier.axes, subject.evidence)] ?? -1];
  if (classified?.kind === "denied") return { workload: null, ruling: null };
  const workload = classified?.workload ?? subject.facts["workload"] ?? "";
  const { cell: _, ...ruling } = decide(agreement, factsUnder(subject, agreement, workload));
  return { workload, ruling };
}

describe("one call decided without tables", () => {
  test("is decided as by the full tables of every regime under every reading", () => {
    fc.assert(
      fc.property(anyPolicy, anySubject, (policy, subject) => {
        const { source: agreement, reading } = policy.agreement;
        const { workload, ruling } = answerUnder(sources.classification, { agreement, reading }, subject);
        if (workload === null) expect(ruling).toMatchObject({ kind: "denied", reason: "unclassifiable" });
        expect({ workload, ruling: workload === null ? null : ruling }).toEqual(
          answerOfTables(policy, subject),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("denies a fact that its axis does not know, by the axis that the table names", () => {
    const { source: agreement, reading } = shipped.agreement;
    const subject = callWith({ partner: "nobody", workload: "unheard-of" });
    const { cell: _, ...expected } = decide(shipped.agreement, subject.facts);
    expect(answerUnder(sources.classification, { agreement, reading }, subject).ruling).toEqual(expected);
    expect(expected).toMatchObject({ reason: "unclassifiable", axis: "partner" });
  });
});

/** Every other reading, choice and regime, compiled in full. */
function compileAlternatives({
  agreement: { source, reading },
}: Policy): readonly (readonly [Alternative, Policy])[] {
  const choices = choicesUnder(reading, source.regime);
  return [
    ...sources.readings
      .filter(({ id }) => id !== reading.id)
      .map((other) => [{ kind: "reading", reading: other.id }, policyOf(source, other)] as const),
    ...KNOB_IDS.flatMap((knob) =>
      KNOBS[knob].simulated
        .filter((choice: string) => choice !== choices[knob])
        .map((choice) => {
          const { question } = KNOBS[knob];
          const under = { kind: "choice", knob, choice, question } as const;
          return [under, compilePolicy(sources, source, withChoice(reading, knob, choice))] as const;
        }),
    ),
    ...sources.agreements
      .filter(({ regime }) => regime !== source.regime)
      .map((other) => [{ kind: "regime", regime: other.regime }, policyOf(other, reading)] as const),
  ];
}

function isUnclassifiable(ruling: Ruling): boolean {
  return ruling.kind === "denied" && ruling.reason === "unclassifiable";
}

function providersOf(ruling: Ruling | null): readonly string[] {
  return ruling?.kind === "allowed" ? ruling.providers : [];
}

describe("flips", () => {
  const alternatives = compileAlternatives(shipped);

  test("are exactly the alternatives whose tables give another answer", () => {
    fc.assert(
      fc.property(anySubject, (subject) => {
        const { ruling, flips } = explain(shipped, sources, subject);
        const expected = alternatives.flatMap(([under, policy]) => {
          const { workload, ruling: other } = answerOfTables(policy, subject);
          const same = other === null ? isUnclassifiable(ruling) : sameOutcome(ruling, other);
          return same ? [] : [{ under, workload: workload ?? "none", providers: providersOf(other) }];
        });
        const now = answerOfTables(shipped, subject).workload;
        const found = flips.flips.map(({ under, workload, ruling: other }) => {
          return {
            under,
            workload: workload ?? (isUnclassifiable(other) ? "none" : now),
            providers: providersOf(other),
          };
        });
        expect(found).toEqual(expected);
        const { readings, choices, regimes } = flips.asked;
        expect(readings + choices + regimes).toBe(alternatives.length);
      }),
      { numRuns: 60 },
    );
  });

  const flipOf = (flips: readonly Flip[], under: Partial<Record<string, string>>): Flip | undefined =>
    flips.find((flip) =>
      Object.entries(under).every(([key, value]) => Reflect.get(flip.under, key) === value),
    );

  test("classify the evidence anew: by family, a first response is a session", () => {
    const evidence = {
      ...Object.fromEntries(shipped.classifier.axes.map(({ name, defaultValue }) => [name, defaultValue])),
      api: "responses",
      store: "kept",
    };
    const { facts, flips } = explain(shipped, sources, { ...callWith({}), evidence });
    expect(facts["workload"]).toBe("stateless");
    expect(flipOf(flips.flips, { knob: "A1", choice: "family" })).toMatchObject({
      workload: "stateful",
      ruling: { kind: "allowed", providers: ["aws", "azure"] },
      by: ["C9"],
      hostsChange: true,
      splitChanges: false,
    });
    expect(flipOf(flips.flips, { reading: "api-family" })).toMatchObject({ workload: "stateful" });
  });

  test("find the regime under which the API may run anywhere", () => {
    const { flips } = explain(shipped, sources, callWith({}));
    const flip = flipOf(flips.flips, { regime: "2026-04-27" });
    expect(flip?.ruling).toMatchObject({ kind: "allowed", providers: shipped.agreement.providers });
  });

  test("count the head start by the choice of A22, where the launch of the model is known", () => {
    const policy = policyOf(regimeOf("2026-04-27"), readingOf("default"));
    const datedFacts = factsOfDay(sources.facts, { date: "2026-05-15", launched: "2026-05-01" });
    const { facts, flips } = explain(policy, sources, { ...callWith({}, policy), datedFacts });
    expect(facts["head-start"]).toBe("over");
    expect(flipOf(flips.flips, { knob: "A22", choice: "thirty-days" })?.ruling).toMatchObject({
      providers: ["azure"],
    });
  });

  test("ask another regime what the facts were in its own days", () => {
    const datedFacts = factsOfDay(AGI_IN_MARCH, { date: "2026-03-31" });
    const { facts, flips, ruling } = explain(shipped, sources, { ...callWith({}), datedFacts });
    expect(facts["agi"]).toBe("verified");
    expect(ruling).toMatchObject({ providers: shipped.agreement.providers });
    // AGI was not verified yet, so the call was bound to Azure.
    expect(flipOf(flips.flips, { regime: "2025-10-28" })).toMatchObject({
      ruling: { kind: "allowed", providers: ["azure"] },
      by: ["C1"],
    });
  });
});
