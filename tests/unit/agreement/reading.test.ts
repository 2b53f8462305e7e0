import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { compileAgreement } from "../../../src/agreement/compile.ts";
import { decide } from "../../../src/agreement/decide.ts";
import { KNOB_IDS, KNOBS, type KnobId } from "../../../src/agreement/knobs.ts";
import { choicesUnder, parseReadings, withChoice } from "../../../src/agreement/reading.ts";
import { factsAt, headStartAt } from "../../../src/agreement/facts.ts";
import { agreementOf, defaultReading, readingOf, shipped } from "./shipped.ts";
import { readingText } from "./small-policy.ts";

const CALL = {
  workload: "stateful",
  task: "generation",
  family: "openai",
  product: "api",
  seller: "openai",
  partner: "amazon",
  customer: "commercial",
  region: "us",
  agi: "not-verified",
  "first-refusal": "not-exercised",
  "head-start": "over",
};
const EVERYWHERE = ["aws", "azure", "coreweave", "google", "stargate"];

function hosts(
  regime: string,
  choice: Partial<Record<KnobId, string>>,
  facts: Partial<typeof CALL>,
): unknown {
  const reading = Object.entries(choice).reduce(
    (made, [knob, chosen]) => withChoice(made, knob as KnobId, chosen),
    defaultReading,
  );
  const verdict = decide(compileAgreement(agreementOf(regime), reading), { ...CALL, ...facts });
  return verdict.kind === "allowed" ? verdict.providers : verdict.reason;
}

describe("a choice selects the clauses that count", () => {
  const cases: readonly (readonly [KnobId, string, Partial<typeof CALL>, readonly string[]])[] = [
    ["A3", "infer-on-azure", {}, ["azure"]],
    ["A7", "descriptive", { product: "first-party", partner: "none" }, EVERYWHERE],
    ["A8", "waived", { workload: "stateless" }, ["azure", "coreweave", "google", "stargate"]],
    ["A9", "spill", { workload: "stateless" }, EVERYWHERE],
    ["A10", "stateful-job", { workload: "batch" }, ["aws", "azure"]],
    ["A10", "own-class", { workload: "batch" }, EVERYWHERE],
    ["A12", "out-of-scope", { workload: "stateless", task: "one-shot" }, EVERYWHERE],
    ["A14", "elsewhere-only", {}, ["aws"]],
    ["A16", "non-api-product", { workload: "stateless", product: "partner-product" }, EVERYWHERE],
    ["A17", "every-agency", { workload: "stateless", customer: "us-agency" }, EVERYWHERE],
    ["A19", "regime-only", { workload: "stateless", agi: "verified" }, ["azure"]],
    ["A23", "broad", {}, ["azure"]],
  ];
  test.each(cases)("%s %s", (knob, choice, facts, providers) => {
    expect(hosts("2026-02-27", { [knob]: choice }, facts)).toEqual(providers);
    expect(hosts("2026-02-27", {}, facts)).not.toEqual(providers);
  });

  test("at least twelve knobs change a cell, a payment or a class", () => {
    const inAgreement = new Set(cases.map(([knob]) => knob));
    const inClassification = new Set(
      shipped.classification.value.rules.flatMap((rule) => Object.keys(rule["only-if"])),
    );
    // A22 is the length of the head start.
    const effective = new Set([...inAgreement, ...inClassification, "A22"]);
    expect(effective.size).toBeGreaterThanOrEqual(12);
    const choosable = KNOB_IDS.filter((knob) => KNOBS[knob].simulated.length > 1);
    expect(choosable.toSorted()).toEqual([...effective].toSorted());
  });
});

test("a choice may differ under one regime, where its words do", () => {
  expect(choicesUnder(defaultReading, "2025-10-28").A23).toBe("broad");
  expect(choicesUnder(defaultReading, "2026-02-27").A23).toBe("narrow");
  expect(hosts("2025-10-28", {}, {})).toEqual(["azure"]);
});

test("the presets are the six that the project names, the default first", () => {
  expect(shipped.readings.map(({ id }) => id)).toEqual([
    "default",
    "api-family",
    "invocation",
    "permissive",
    "retention",
    "strict-azure",
  ]);
  const chosen = (id: string, knob: KnobId): string => readingOf(id).knobs[knob].choose;
  expect(["default", "api-family", "retention", "invocation"].map((id) => chosen(id, "A1"))).toEqual([
    "dependence",
    "family",
    "retention",
    "invocation",
  ]);
});

test("whatever single choice is made, every regime decides every stateless API call on closed models", () => {
  for (const agreement of shipped.agreements) {
    for (const knob of KNOB_IDS) {
      for (const choice of KNOBS[knob].simulated) {
        expect(hosts(agreement.regime, { [knob]: choice }, { workload: "stateless" })).toContain("azure");
      }
    }
  }
});

describe("dated facts", () => {
  test("hold from their day on, the first also before it", () => {
    const facts = {
      facts: {
        agi: [
          { from: "2023-01-23", value: "not-verified" },
          { from: "2026-03-15", value: "verified" },
        ].map((each) => ({ ...each, basis: "assumed" as const, source: ["own"], because: "for a test" })),
      },
      head_start: { days: {}, basis: "assumed" as const, source: ["own"], because: "for a test" },
    };
    expect(
      ["2020-01-01", "2026-03-14", "2026-03-15", "2030-01-01"].map((date) => factsAt(facts, date)["agi"]),
    ).toEqual(["not-verified", "not-verified", "verified", "verified"]);
  });

  test("a head start runs from the launch for the days of the choice, and for nothing whose launch is unknown", () => {
    const at = (date: string, launched: string | null, choice: string): string =>
      headStartAt(shipped.facts, { launched, date, choice });
    expect(at("2026-07-09", "2026-07-09", "one-day")).toBe("running");
    expect(at("2026-07-10", "2026-07-09", "one-day")).toBe("over");
    expect(at("2026-08-07", "2026-07-09", "thirty-days")).toBe("running");
    expect(at("2026-08-08", "2026-07-09", "thirty-days")).toBe("over");
    expect(at("2026-07-08", "2026-07-09", "thirty-days")).toBe("over");
    expect(at("2026-07-09", null, "thirty-days")).toBe("over");
  });
});

type Document = {
  reading: Record<string, unknown>;
  choices: Record<string, Record<string, unknown>>;
  accepted_widenings: unknown[];
};

function changed(change: (document: Document) => void): string {
  const document = parse(readingText("mine")) as Document;
  change(document);
  return stringify(document);
}

const refused: readonly (readonly [string, string, RegExp])[] = [
  [
    "an unknown knob",
    changed(({ choices }) => (choices["A24"] = { ...choices["A23"] })),
    /choices\.A24: .*A24/,
  ],
  [
    "a missing knob",
    changed(({ choices }) => delete choices["A23"]),
    /choices: no choice for A23: choose, or extend a reading that does/,
  ],
  [
    "an unknown choice",
    readingText("mine", { A7: "strickt" }),
    /^r0\.yaml:\d+:13 choices\.A7\.choose: unknown choice `strickt` for A7, did you mean `strict`\?/m,
  ],
  [
    "a choice that nothing simulates yet",
    readingText("mine", { A9: "queue" }),
    /`queue` is a known reading of A9 that nothing simulates yet, choose `fail` or `spill`/,
  ],
  [
    "an unknown choice under one regime",
    changed(({ choices }) => (choices["A23"] = { ...choices["A23"], regimes: { "2025-10-28": "brod" } })),
    /choices\.A23\.regimes\.2025-10-28: unknown choice `brod` for A23, did you mean `broad`\?/,
  ],
  [
    "a widening listed twice",
    changed(({ accepted_widenings: list }) => list.push(structuredClone(list[0]))),
    /widening `background` is listed twice, remove one/,
  ],
  [
    "a base that does not exist",
    changed(({ reading }) => (reading["extends"] = "defualt")),
    /unknown reading `defualt`/,
  ],
];
test.each(refused)("%s is refused with its place", (_, text, message) => {
  const error = (): unknown => parseReadings([{ text, file: "r0.yaml" }]);
  expect(error).toThrow(message);
  expect(error).toThrow(/^r0\.yaml:\d+:\d+ /);
});

test("a reading takes from the one it extends what it does not choose, in whatever order the files come", () => {
  const base = readingText("base", { A7: "descriptive" });
  const own =
    "reading: { id: own, title: extends the base, extends: base }\nchoices: { A1: { choose: family, because: for a test } }\n";
  for (const texts of [
    [base, own],
    [own, base],
  ]) {
    const readings = parseReadings(texts.map((text, index) => ({ text, file: `r${index}.yaml` })));
    const extended = readings.find(({ id }) => id === "own");
    expect(extended?.knobs.A1.choose).toBe("family");
    expect(extended?.knobs.A7.choose).toBe("descriptive");
    expect(extended?.acceptedWidenings.map(({ id }) => id)).toContain("background");
  }
});

test("readings that extend each other in a circle are refused", () => {
  const one = "reading: { id: one, title: extends the other, extends: two }\nchoices: {}\n";
  const two = "reading: { id: two, title: extends the other, extends: one }\nchoices: {}\n";
  expect(() => parseReadings([one, two].map((text, index) => ({ text, file: `r${index}.yaml` })))).toThrow(
    /readings extend each other in a circle: one -> two -> one/,
  );
});
