import { expect, test } from "vitest";
import { compileAgreement } from "../../../src/agreement/compile.ts";
import { parseVocabulary } from "../../../src/agreement/vocabulary.ts";
import { ConfigError } from "../../../src/config/parse-yaml.ts";
import { anyReading, parseSmall, SMALL, SMALL_VOCABULARY, smallWith } from "./small-agreement.ts";

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

test("the small agreement itself compiles", () => {
  expect(compileAgreement(parseSmall(SMALL), anyReading).cellCount).toBe(4);
});

/** What is wrong, the text replaced, its replacement, and all that is reported. */
const wrong: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    "shares that do not sum to the whole",
    "openai: 800000, microsoft: 200000",
    "openai: 800000, microsoft: 100000",
    ["a.yaml:44:24 CT011 clauses[3].then.share_ppm: shares sum to 900000 ppm, they must sum to 1000000"],
  ],
  [
    "a party that is not declared",
    "openai: 800000, microsoft: 200000",
    "openai: 800000, micorsoft: 200000",
    [
      "a.yaml:44:42 clauses[3].then.share_ppm.micorsoft: unknown party `micorsoft`, did you mean `microsoft`?",
    ],
  ],
  [
    "a provider that is not declared",
    "in: [azure]",
    "in: [azrue]",
    ["a.yaml:17:30 clauses[0].then.provider.in[0]: unknown provider `azrue`, did you mean `azure`?"],
  ],
  [
    "an axis that is not declared",
    "when: { region: eu }",
    "when: { regoin: eu }",
    ["a.yaml:26:13 clauses[1].when.regoin: unknown axis `regoin`, did you mean `region`?"],
  ],
  [
    "a value that is not declared",
    "when: { workload: stateful }",
    "when: { workload: [statefull] }",
    ["a.yaml:35:24 clauses[2].when.workload[0]: unknown value `statefull`, did you mean `stateful`?"],
  ],
  [
    "a value that is not declared behind a not",
    "when: { workload: stateful }",
    "when: { workload: { not: [statles] } }",
    ["a.yaml:35:31 clauses[2].when.workload.not[0]: unknown value `statles`, did you mean `stateless`?"],
  ],
  [
    "a condition that nothing can meet",
    "when: { workload: stateful }",
    "when: { workload: { not: [stateless, stateful] } }",
    ["a.yaml:35:23 clauses[2].when.workload: leaves no value of `workload`, so nothing can match"],
  ],
  [
    "an exception that the other side does not name",
    "\n    except: [C2]",
    "",
    [
      "a.yaml:27:17 CT013 clauses[1].overrides[0]: C2 overrides C1, but C1 does not name it: add `except: [C2]` there",
    ],
  ],
  [
    "an exception that does not say so itself",
    "\n    overrides: [C1]",
    "",
    [
      "a.yaml:19:14 CT013 clauses[0].except[0]: C2 is named as an exception, but does not say so: add `overrides: [C1]` there",
    ],
  ],
  [
    "an exception that does not exist",
    "except: [C2]",
    "except: [C2, C7]",
    ["a.yaml:19:18 CT013 clauses[0].except[1]: unknown clause `C7`, did you mean `C1`?"],
  ],
  [
    "an id that is used twice",
    "- id: C3",
    "- id: C4",
    ["a.yaml:37:9 CT013 clauses[3].id: id `C4` is used twice, rename one"],
  ],
  [
    "clauses that override each other in a circle",
    "except: [C2]",
    "except: [C2]\n    overrides: [C2]",
    [
      "a.yaml:20:16 CT013 clauses[0].overrides: clauses override each other in a circle: C1 -> C2 -> C1",
      "a.yaml:20:17 CT013 clauses[0].overrides[0]: C1 overrides C2, but C2 does not name it: add `except: [C1]` there",
    ],
  ],
  [
    "a clause on hosting that overrides one on money",
    "when: { workload: stateful }",
    "when: { workload: stateful }\n    overrides: [C4]",
    [
      "a.yaml:36:17 CT013 clauses[2].overrides[0]: C3 overrides C4, but C4 does not name it: add `except: [C3]` there",
    ],
  ],
  [
    "a clause that rests on no definition",
    "when: {}",
    "when: {}\n    rests-on: [C1]",
    ["a.yaml:44:16 CT013 clauses[3].rests-on[0]: C4 can only rest on a definition, C1 is none"],
  ],
  [
    "an avoidance of doubt that goes beyond its clause",
    "includes: [{ region: us }]",
    "includes: [{ workload: any }]",
    [
      "a.yaml:18:28 CT006 clauses[0].includes[0].workload: escapes `when` of C1, which does not cover `stateful` of `workload`",
    ],
  ],
  [
    "an end that is not after the beginning",
    "to: null",
    "to: 2026-01-01",
    ["a.yaml:6:38 CT012 agreement.effective.to: in force to `2026-01-01`, which is not after `2026-01-01`"],
  ],
  [
    "an unknown knob",
    "when: {}",
    "when: {}\n    only-if: { A99: strict }",
    ["a.yaml:44:16 clauses[3].only-if.A99: unknown knob `A99`, did you mean `A9`?"],
  ],
  [
    "an unknown choice of a knob",
    "when: {}",
    "when: {}\n    only-if: { A7: strct }",
    ["a.yaml:44:20 clauses[3].only-if.A7: unknown choice of A7 `strct`, did you mean `strict`?"],
  ],
  [
    "a source that is not listed",
    "text: a fifth goes to the host\n    basis: assumed\n    source: [S1]",
    "text: a fifth goes to the host\n    basis: assumed\n    source: [S2]",
    ["a.yaml:42:14 clauses[3].source[0]: unknown source `S2`, did you mean `S1`?"],
  ],
  [
    "a defined word that is used without citing its definition",
    "- id: C4\n    name: SHARE",
    "- id: C5\n    name: WORD\n    modality: definition\n    text: what stateless means here\n    basis: assumed\n    source: [S1]\n    when: {}\n    defines: { workload: [stateless] }\n  - id: C4\n    name: SHARE",
    ["a.yaml:16:23 CT013 clauses[0].when.workload: `stateless` is defined by C5: add `rests-on: [C5]`"],
  ],
];
test.each(wrong)("%s", (_, before, after, expected) => {
  expect(problemsOf(() => compileAgreement(smallWith(before, after), anyReading))).toEqual(expected);
});

test("several problems are told together, in the order of the file", () => {
  const text = SMALL.replace("in: [azure]", "in: [azur]").replace("when: {}", "when: { rgion: us }");
  expect(problemsOf(() => compileAgreement(parseSmall(text), anyReading))).toEqual([
    "a.yaml:17:30 clauses[0].then.provider.in[0]: unknown provider `azur`, did you mean `azure`?",
    "a.yaml:43:13 clauses[3].when.rgion: unknown axis `rgion`, did you mean `region`?",
  ]);
});

const misshapen: readonly (readonly [string, string, string, string])[] = [
  [
    "an unknown key",
    "overrides: [C1]",
    "overides: [C1]",
    "a.yaml:28:5 clauses[1].overides: unknown key `overides`, did you mean `overrides`?",
  ],
  [
    "an unknown modality",
    "modality: remuneration",
    "modality: renumeration",
    "a.yaml:39:15 clauses[3].modality: unknown value `renumeration`, did you mean `remuneration`?",
  ],
  [
    "an id that is none",
    "- id: C3",
    "- id: third",
    "a.yaml:29:9 clauses[2].id: expected a clause id such as `C1` or `C1-batch`",
  ],
  [
    "a date that does not exist",
    "from: 2026-01-01",
    "from: 2026-02-30",
    "a.yaml:6:22 agreement.effective.from: expected a date such as `2026-02-27`",
  ],
  [
    "a share that is no whole number",
    "openai: 800000",
    "openai: 0.8",
    "a.yaml:44:34 clauses[3].then.share_ppm.openai: expected a whole number, got a number",
  ],
];
test.each(misshapen)("%s is refused when parsing", (_, before, after, expected) => {
  expect(problemsOf(() => smallWith(before, after))).toEqual([expected]);
});

test("a vocabulary with a value named `any`, or a default that is no value, is refused", () => {
  const text = SMALL_VOCABULARY.replace("us: in America", "any: in America").replace(
    "source: derived,",
    "source: derived, default: statefull,",
  );
  expect(problemsOf(() => parseVocabulary(text, "v.yaml"))).toEqual([
    "v.yaml:4:41 axes.workload.default: unknown value `statefull`, did you mean `stateful`?",
    "v.yaml:5:46 axes.region.values.any: `any` means every value, name the value otherwise",
  ]);
});

test("a clause in force for a part of its regime only is refused: the regime must be split", () => {
  const agreement = smallWith("when: {}", "when: {}\n    effective: { from: 2026-06-01, to: null }");
  expect(problemsOf(() => compileAgreement(agreement, anyReading))).toEqual([
    "a.yaml:44:16 CT012 clauses[3].effective: C4 is in force for a part of the regime only (2026-01-01 to open): split the regime at that date",
  ]);
});
