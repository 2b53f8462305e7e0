/** Mistakes that other rule engines let through (see the project's notes on policy verification): each is an error here. */

import { describe, expect, test } from "vitest";
import { compileAgreement } from "../../../src/agreement/compile.ts";
import { decide } from "../../../src/agreement/decide.ts";
import { loadConfiguration } from "../../../src/app/load-world.ts";
import { readSettings } from "../../../src/app/settings.ts";
import { isBlocking } from "../../../src/decision-table/findings.ts";
import { checkPolicy } from "../../../src/policy/check-policy.ts";
import { copyConfig } from "../../support/config-copy.ts";
import { anyReading, SMALL, SMALL_VOCABULARY, smallWith } from "./small-agreement.ts";
import { readingText, smallPolicy, type SmallTexts } from "./small-policy.ts";

function loading(texts: SmallTexts): () => unknown {
  return () => smallPolicy(texts);
}

function blocking(texts: SmallTexts): readonly string[] {
  return checkPolicy(smallPolicy(texts))
    .findings.filter(isBlocking)
    .map(({ code }) => code);
}

describe("sibling keys are not ignored", () => {
  test("every axis of a condition has to match", () => {
    const text = SMALL.replace("when: { region: eu }", "when: { region: eu, workload: stateless }");
    const compiled = compileAgreement(
      smallWith(SMALL.slice(-1000), text.slice(-1000 - (text.length - SMALL.length))),
      anyReading,
    );
    expect(decide(compiled, { region: "eu", workload: "stateless" })).toMatchObject({ clauses: ["C2"] });
    expect(decide(compiled, { region: "eu", workload: "stateful" })).toMatchObject({ clauses: ["C3"] });
  });

  test("a key beside `not`, which could be read or not, is refused", () => {
    const text = SMALL.replace("when: { region: eu }", "when: { region: { not: [us], in: [eu] } }");
    expect(loading({ agreements: [text] })).toThrow(/unknown key `in`/);
  });
});

describe("a bad rule is not skipped", () => {
  test.each([
    ["a word where a list of clauses is due", "overrides: [C1]", "overrides: C1"],
    ["a number where a word is due", "when: { region: eu }", "when: { region: 7 }"],
    [
      "an effect that is left out",
      "    then: { provider: { in: any } }\n    overrides: [C1]\n",
      "    overrides: [C1]\n",
    ],
  ])("%s refuses the whole agreement", (_, before, after) => {
    expect(SMALL).toContain(before);
    expect(loading({ agreements: [SMALL.replace(before, after)] })).toThrow(/^a0\.yaml:\d+:\d+ clauses\[1\]/);
  });

  test("a fact that is missing denies, it does not read as `no match`", () => {
    const compiled = compileAgreement(smallWith("from: 2026-01-01", "from: 2026-01-01"), anyReading);
    expect(decide(compiled, { workload: "stateful" })).toMatchObject({ kind: "denied", axis: "region" });
  });
});

describe("a dangling name is not accepted", () => {
  test.each([
    ["clause to override", "overrides: [C1]", "overrides: [C7]"],
    ["exception", "except: [C2]", "except: [C2, C7]"],
    ["provider", "in: [azure]", "in: [azrue]"],
    ["party", "microsoft: 200000", "micorsoft: 200000"],
    [
      "source",
      "basis: assumed\n    source: [S1]\n    when: {}",
      "basis: assumed\n    source: [S9]\n    when: {}",
    ],
    ["axis", "when: { region: eu }", "when: { regoin: eu }"],
    ["value", "when: { region: eu }", "when: { region: ue }"],
    ["knob", "when: {}", "when: {}\n    only-if: { A77: strict }"],
    ["choice", "when: {}", "when: {}\n    only-if: { A7: strct }"],
  ])("%s", (_, before, after) => {
    expect(SMALL).toContain(before);
    expect(loading({ agreements: [SMALL.replace(before, after)] })).toThrow(
      /unknown .*did you mean|unknown .*known:/,
    );
  });

  test("in a reading: a regime under which it chooses otherwise, and a widening that it accepts", () => {
    const reading = readingText("default");
    const otherwise = reading.replace(
      /(A23:\n {4}choose: narrow\n)/,
      "$1    regimes: { tset: broad, test: broad }\n",
    );
    expect(loading({ readings: [otherwise] })).toThrow(
      /^r0\.yaml:\d+:16 choices\.A23\.regimes\.tset: unknown regime `tset`, did you mean `test`\?$/,
    );
    expect(loading({ readings: [reading.replace("- id: store", "- id: strode")] })).toThrow(
      /^r0\.yaml:\d+:9 accepted_widenings\[3\]\.id: `strode` is no axis whose source is `caller`, did you mean `store`\?$/,
    );
  });

  test("in an example: a party", () => {
    const example =
      "examples: [{ id: E1, text: a call of a test, given: {}, expect: { share_ppm: { micorsoft: 0 } } }]\n";
    expect(loading({ agreements: [SMALL + example] })).toThrow(
      /expect\.share_ppm\.micorsoft: unknown party `micorsoft`, did you mean `microsoft`\?$/,
    );
  });

  test("in an acceptance: the clause whose finding is accepted", () => {
    const accepted = `${SMALL}accepted: [{ code: CT005, subject: C777, because: kept for a test }]\n`;
    expect(loading({ agreements: [accepted] })).toThrow(
      /^a0\.yaml:45:36 CT013 accepted\[0\]\.subject: unknown clause `C777`; known: /,
    );
  });

  test("in a property: axis, value, provider, party, regime, knob and clause", () => {
    const property = (part: string): string => `- { id: P1, text: a property for a test, ${part} }`;
    for (const part of [
      "forall: { regoin: eu }, then: { verdict: allowed }",
      "forall: { region: ue }, then: { verdict: allowed }",
      "forall: {}, then: { providers: { subsetOf: [azrue] } }",
      "forall: {}, then: { share_ppm: { micorsoft: { above: 0 } } }",
      "regimes: [tset], forall: {}, then: { verdict: allowed }",
      "readings: { A77: strict }, forall: {}, then: { verdict: allowed }",
      "forall: {}, then: { cites: { none: [C77] } }",
      "forall: {}, then: { cites: { all: [C77] } }",
      "forall: {}, then: { money: { none: [C77] } }",
    ]) {
      expect(loading({ properties: [property(part)] })).toThrow(/^p\.yaml:\d+:\d+ .*unknown/);
    }
    expect(loading({ properties: [property("forall: {}, then: { cites: { none: [C4] } }")] })).toThrow(
      /CT013 properties\[0\]\.then\.cites\.none\[0\]: no decision cites C4 for its hosting/,
    );
  });
});

describe("a name in another file that nobody declares stops the start", () => {
  test.each([
    [
      "partners.yaml",
      "customer: commercial",
      "customer: comercial",
      /partners\.amazon\.facts\.customer: unknown value of the agreement's axis customer `comercial`, did you mean `commercial`\?/,
    ],
    ["partners.yaml", "homeProvider: aws", "homeProvider: amazon", /unknown provider `amazon`/],
    [
      "models.yaml",
      "family: openai\n",
      "family: opnai\n",
      /unknown value of the agreement's axis family `opnai`/,
    ],
    [
      "models.yaml",
      "deployments: { azure:",
      "deployments: { azrue:",
      /unknown provider `azrue`, did you mean `azure`/,
    ],
    [
      "providers.yaml",
      "stateless: [azure, aws]",
      "stateless: [azure, asw]",
      /placement\.stateless\[1\]: unknown provider `asw`, did you mean `aws`/,
    ],
  ])("%s: %s", (file, before, after, message) => {
    const config = copyConfig();
    try {
      config.edit(file, before, after);
      expect(() => loadConfiguration(readSettings({ config: config.folder }, {}))).toThrow(message);
    } finally {
      config.remove();
    }
  });
});

test("a tie is not broken by the order of the file: it is a conflict, whichever clause comes first", () => {
  const extra =
    "  - id: C5\n    name: OTHER\n    modality: obligation\n    text: stateless calls are hosted on aws\n    basis: assumed\n    source: [S1]\n    when: { workload: stateless }\n    then: { provider: { in: [aws] } }\n";
  const first = SMALL.replace("clauses:\n", `clauses:\n${extra}`);
  expect(blocking({ agreements: [SMALL + extra] })).toContain("CT002");
  expect(blocking({ agreements: [first] })).toContain("CT002");
});

describe("dead and doubled rules do not start cleanly", () => {
  test("an id that is used twice", () => {
    expect(loading({ agreements: [SMALL.replace("- id: C3", "- id: C4")] })).toThrow(/id `C4` is used twice/);
  });

  test("a key that is given twice", () => {
    const text = SMALL.replace("when: { region: eu }", "when: { region: eu }\n    when: { region: us }");
    expect(loading({ agreements: [text] })).toThrow(/key given twice in one mapping/);
  });

  test("a property that never speaks", () => {
    const properties = [
      "- { id: P1, text: a property for a test, regimes: [test], readings: { A7: descriptive }, forall: {}, then: { verdict: denied } }",
      "- { id: P2, text: another property, readings: { A9: spill }, forall: {}, then: { verdict: allowed } }",
    ];
    expect(blocking({ properties })).toEqual(["CT009", "CT009"]);
  });
});

test("what only the caller says cannot widen where a call may run, unless that is accepted with a reason", () => {
  const vocabulary = SMALL_VOCABULARY.replace("region: { source: authenticated", "region: { source: caller");
  expect(blocking({ vocabulary })).toContain("CT007");
  const reading = readingText("default").replace(
    "accepted_widenings:\n",
    "accepted_widenings:\n  - id: region\n    reason: the caller says where it calls from\n",
  );
  expect(blocking({ vocabulary, readings: [reading] })).toEqual([]);
});
