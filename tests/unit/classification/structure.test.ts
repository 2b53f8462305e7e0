import { expect, test } from "vitest";
import { ConfigError } from "../../../src/config/parse-yaml.ts";
import { SMALL, smallWith } from "./small-classification.ts";

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

/** What is wrong, the text replaced, its replacement, and all that is reported. */
const wrong: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    "an unknown axis",
    "when: { job: train }",
    "when: { jbo: train }",
    ["c.yaml:67:13 rules[3].when.jbo: unknown axis `jbo`, did you mean `job`?"],
  ],
  [
    "an unknown value",
    "when: { job: train }",
    "when: { job: [trian] }",
    ["c.yaml:67:19 rules[3].when.job[0]: unknown value `trian`, did you mean `train`?"],
  ],
  [
    "a condition that nothing meets",
    "when: { job: train }",
    "when: { job: train, state: { not: [none, resolved] } }",
    ["c.yaml:67:32 rules[3].when.state: leaves no value of `state`, so nothing can match"],
  ],
  [
    "an unknown class",
    "workload: training }\nprop",
    "workload: trainning }\nprop",
    ["c.yaml:68:23 rules[3].then.workload: unknown value `trainning`, did you mean `training`?"],
  ],
  [
    "an unknown widening",
    "widening: background",
    "widening: backgruond",
    ["c.yaml:60:43 rules[2].then.widening: unknown value `backgruond`, did you mean `background`?"],
  ],
  [
    "an unknown knob",
    "{ A1: dependence }",
    "{ A71: dependence }",
    ["c.yaml:51:16 rules[1].only-if.A71: unknown knob `A71`, did you mean `A17`?"],
  ],
  [
    "an unknown choice",
    "{ A1: dependence }",
    "{ A1: dependance }",
    ["c.yaml:51:20 rules[1].only-if.A1: unknown choice of A1 `dependance`, did you mean `dependence`?"],
  ],
  [
    "an unknown source",
    "source: [S1]\n    when: { job: train }",
    "source: [S2]\n    when: { job: train }",
    ["c.yaml:66:14 rules[3].source[0]: unknown source `S2`, did you mean `S1`?"],
  ],
  [
    "an impossibility in unknown words",
    "background: yes }, because",
    "background: maybe }, because",
    ["c.yaml:35:47 infeasible[0].when.background: unknown value `maybe`; known: `no`, `yes`"],
  ],
  [
    "a property in unknown words",
    "forall: { job: train }",
    "forall: { job: trai }",
    ["c.yaml:70:58 properties[0].forall.job: unknown value `trai`, did you mean `train`?"],
  ],
  [
    "a property of two forms",
    "forall: { job: train }",
    "forall: { job: train }, exists: { job: train }",
    ["c.yaml:70:5 properties[0]: a property has either `forall` or `exists`"],
  ],
  [
    "an example in unknown words",
    "given: { job: generate }",
    "given: { jobs: generate }",
    ["c.yaml:72:44 examples[0].given.jobs: unknown axis `jobs`, did you mean `job`?"],
  ],
  [
    "an example of an unknown rule",
    "rules: [K1] }",
    "rules: [K1, K22] }",
    ["c.yaml:72:104 examples[0].expect.rules[1]: unknown rule `K22`, did you mean `K2`?"],
  ],
  [
    "a default that is no value",
    "default: none",
    "default: noone",
    ["c.yaml:26:38 axes.state.default: unknown value `noone`, did you mean `none`?"],
  ],
  [
    "an axis that no call shows",
    "  cache: {",
    "  mood: { source: caller, values: { good: a good mood } }\n  cache: {",
    ["c.yaml:33:3 axes.mood: no call shows anything on an axis `mood`"],
  ],
  [
    "an axis that calls show",
    "  prewarm: { source: caller, values: { no: it generates, yes: it fills a cache } }\n",
    "",
    ["c.yaml:4:3 axes: the axis `prewarm` is missing"],
  ],
  [
    "a value that no call shows",
    "yes: it fills a cache",
    "yes: it fills a cache, maybe: who can tell",
    ["c.yaml:32:81 axes.prewarm.values.maybe: no call shows `maybe` as its `prewarm`"],
  ],
  [
    "a value that calls show",
    "      batch: answers later\n",
    "",
    ["c.yaml:7:7 axes.job.values: `batch` is missing, which calls show as their `job`"],
  ],
  [
    "a rule id used twice",
    "id: K4",
    "id: K3",
    [
      "c.yaml:44:18 CT013 rules[0].except[1]: K3 is named as an exception, but does not say so: add `overrides: [K1]` there",
      "c.yaml:62:9 CT013 rules[3].id: id `K3` is used twice, rename one",
    ],
  ],
  [
    "an example id used twice",
    "examples:",
    "examples:\n  - { id: E1, text: a plain call, given: {}, expect: { workload: stateless } }",
    ["c.yaml:73:11 CT013 examples[1].id: id `E1` is used twice, rename one"],
  ],
  [
    "an exception to a rule that is not there",
    "except: [K2, K3]",
    "except: [K2, K3, K5]",
    ["c.yaml:44:22 CT013 rules[0].except[2]: unknown rule `K5`, did you mean `K1`?"],
  ],
  [
    "an exception named on one side only",
    "except: [K2, K3]",
    "except: [K2]",
    [
      "c.yaml:61:17 CT013 rules[2].overrides[0]: K3 overrides K1, but K1 does not name it: add `except: [K3]` there",
    ],
  ],
  [
    "an exception named on the other side only",
    "background }\n    overrides: [K1]",
    "background }",
    [
      "c.yaml:44:18 CT013 rules[0].except[1]: K3 is named as an exception, but does not say so: add `overrides: [K1]` there",
    ],
  ],
  [
    "an exception to itself",
    "except: [K2, K3]",
    "except: [K1, K2, K3]",
    ["c.yaml:44:14 CT013 rules[0].except[0]: K1 cannot be an exception to itself"],
  ],
  [
    "a circle of exceptions",
    "except: [K2, K3]\n  - id: K2",
    "except: [K2, K3]\n    overrides: [K2]\n  - id: K2\n    except: [K1]",
    ["c.yaml:45:16 CT013 rules[0].overrides: rules override each other in a circle: K1 -> K2 -> K1"],
  ],
  [
    "something the language does not have",
    "when: { job: train }",
    "if: { job: train }\n    when: { job: train }",
    ["c.yaml:67:5 rules[3].if: unknown key `if`, did you mean `id`?"],
  ],
];

test.each(wrong)("%s", (_what, before, after, expected) => {
  expect(problemsOf(() => smallWith(before, after))).toEqual(expected);
});

test("several mistakes are reported together", () => {
  const text =
    "when: { background: yes, job: { not: [train] } }\n    then: { workload: stateful, widening: background }";
  const problems = problemsOf(() =>
    smallWith(text, "when: { background: si, jobs: train }\n    then: { workload: stateful }"),
  );
  expect(problems).toEqual([
    "c.yaml:59:25 rules[2].when.background: unknown value `si`; known: `no`, `yes`",
    "c.yaml:59:29 rules[2].when.jobs: unknown axis `jobs`, did you mean `job`?",
  ]);
});

test("the small classification itself has none", () => {
  expect(problemsOf(() => smallWith(SMALL, SMALL))).toEqual([]);
});
