import { expect, test } from "vitest";
import { compileAgreement } from "../../../src/agreement/compile.ts";
import { decide } from "../../../src/agreement/decide.ts";
import { KNOBS } from "../../../src/agreement/knobs.ts";
import { parseReading } from "../../../src/agreement/reading.ts";
import { defaultReading, readingText, shippedAgreement } from "./shipped.ts";

const CALL = {
  workload: "stateful",
  family: "openai",
  product: "api",
  seller: "openai",
  partner: "amazon",
  customer: "commercial",
  region: "us",
  agi: "not-verified",
};

function readingWith(knob: string, choice: string): string {
  const changed = readingText.replace(
    new RegExp(`  ${knob}: \\{ choose: [a-z0-9-]+`),
    `  ${knob}: { choose: ${choice}`,
  );
  if (changed === readingText && !readingText.includes(`${knob}: { choose: ${choice},`)) {
    throw new Error(`no knob ${knob} in the file`);
  }
  return changed;
}

function providersUnder(knob: string, choice: string, facts: Readonly<Record<string, string>>): unknown {
  const reading = parseReading(readingWith(knob, choice), "r.yaml");
  const verdict = decide(compileAgreement(shippedAgreement, reading), { ...CALL, ...facts });
  return verdict.kind === "allowed" ? verdict.providers : verdict.reason;
}

test("the default reading chooses for every knob and lists the accepted widenings with reasons", () => {
  expect(Object.keys(defaultReading.choices)).toEqual(Object.keys(KNOBS));
  const compiled = compileAgreement(shippedAgreement, defaultReading);
  expect(compiled.acceptedWidenings.map((widening) => widening.id)).toEqual(["auto-container", "background"]);
  expect(compiled.acceptedWidenings.every((widening) => widening.reason.length > 20)).toBe(true);
});

test("a choice selects the clauses that count", () => {
  const everywhere = ["aws", "azure", "coreweave", "google", "stargate"];
  expect(providersUnder("A3", "infer-on-azure", {})).toEqual(["azure"]);
  expect(providersUnder("A14", "elsewhere-only", {})).toEqual(["aws"]);
  expect(providersUnder("A10", "stateful-job", { workload: "batch" })).toEqual(["aws", "azure"]);
  expect(providersUnder("A10", "own-class", { workload: "batch" })).toEqual(everywhere);
  expect(providersUnder("A7", "descriptive", { product: "first-party", partner: "none" })).toEqual(
    everywhere,
  );
});

test("whatever simulated choices are combined, no cell is left open and stateless API calls stay on Azure", () => {
  const knobs = Object.entries(KNOBS).filter(([, knob]) => knob.simulated.length > 1);
  const combinations = knobs.reduce<readonly Readonly<Record<string, string>>[]>(
    (all, [id, { simulated }]) =>
      all.flatMap((some) => simulated.map((choice) => ({ ...some, [id]: choice }))),
    [{}],
  );
  expect(combinations.length).toBeGreaterThan(10);
  for (const combination of combinations) {
    const reading = { ...defaultReading, choices: { ...defaultReading.choices, ...combination } };
    const compiled = compileAgreement(shippedAgreement, reading);
    const verdict = decide(compiled, { ...CALL, workload: "stateless" });
    expect(verdict).toMatchObject({ kind: "allowed", providers: ["azure"] });
  }
});

const refused: readonly (readonly [string, string, RegExp])[] = [
  [
    "an unknown knob",
    readingText.replace("  A23:", "  A24:"),
    /^r\.yaml:\d+:3 choices\.A24: unknown key `A24`, did you mean/m,
  ],
  ["a missing knob", readingText.replace(/ {2}A23:.*\n/, ""), /^r\.yaml:\d+:3 choices\.A23: missing/m],
  [
    "an unknown choice",
    readingWith("A7", "strickt"),
    /^r\.yaml:\d+:17 choices\.A7\.choose: unknown choice `strickt` for A7, did you mean `strict`\?/m,
  ],
  [
    "a choice that nothing simulates yet",
    readingWith("A9", "spill"),
    /^r\.yaml:\d+:17 choices\.A9\.choose: `spill` is a known reading of A9 that nothing simulates yet, choose `fail`/m,
  ],
  [
    "a widening listed twice",
    readingText.replace("id: auto-container", "id: background"),
    /^r\.yaml:\d+:9 accepted_widenings\[1\]\.id: widening `background` is listed twice, remove one/m,
  ],
];
test.each(refused)("%s is refused with its place", (_, text, message) => {
  expect(() => parseReading(text, "r.yaml")).toThrow(message);
});
