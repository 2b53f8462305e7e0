import { describe, expect, it } from "vitest";
import { compileClassifier } from "../../../src/classification/compile.ts";
import type { ClassificationDocument } from "../../../src/classification/parse.ts";
import { cellOf } from "../../../src/decision-table/axes.ts";
import { SMALL, smallWith } from "./small-classification.ts";
import { choicesWith } from "./support.ts";

const PLAIN = {
  job: "generate",
  api: "chat",
  state: "none",
  content: "none",
  background: "no",
  "auto-container": "no",
  store: "dropped",
  prompt: "none",
  prewarm: "no",
  cache: "short",
};

function rulingOn(document: ClassificationDocument, changes: Readonly<Record<string, string>>) {
  const { axes, cells, outcomes } = compileClassifier(document, choicesWith({}));
  return outcomes[cells[cellOf(axes, { ...PLAIN, ...changes })] ?? -1];
}

const small = smallWith(SMALL, SMALL);

describe("a table", () => {
  it("holds 52 rules that count at most", () => {
    const [first] = small.value.rules;
    const rules = Array.from({ length: 52 }, (_, index) => ({ ...first, id: `K${index}`, except: [] }));
    const document = { ...small, value: { ...small.value, rules } } as ClassificationDocument;
    const message = "c.yaml:37:3 rules: 53 rules and impossibilities count, at most 52 can";
    expect(() => compileClassifier(document, choicesWith({}))).toThrow(message);
  });
});

describe("what rules mean together", () => {
  it("a rule yields to those that name it, and all the others decide", () => {
    expect(rulingOn(small, {})).toMatchObject({ workload: "stateless", rules: ["K1"], widening: null });
    expect(rulingOn(small, { state: "resolved" })).toMatchObject({ workload: "stateful", rules: ["K2"] });
  });

  it("a widening counts only where nothing else decides", () => {
    expect(rulingOn(small, { background: "yes" })).toMatchObject({ rules: ["K3"], widening: "background" });
    const both = rulingOn(small, { background: "yes", state: "resolved" });
    expect(both).toMatchObject({ workload: "stateful", rules: ["K2", "K3"], widening: null });
  });

  it("a rule that yields to nobody and disagrees is a conflict, which denies", () => {
    const { value } = small;
    const rules = value.rules.map((rule) => (rule.id === "K3" ? { ...rule, overrides: [] } : rule));
    const document = { ...small, value: { ...value, rules } };
    expect(rulingOn(document, { background: "yes" })).toEqual({
      kind: "denied",
      reason: "conflict",
      rules: ["K1", "K3"],
      axis: null,
      message: "K1 and K3 give such a call different classes",
    });
  });

  it("two widenings at once are a conflict too", () => {
    const document = smallWith(
      "then: { workload: stateful }",
      "then: { workload: stateful, widening: auto-container }",
    );
    expect(rulingOn(document, { background: "yes", state: "resolved" })).toMatchObject({
      reason: "conflict",
      message: "K2 and K3 count such a call as different widenings",
    });
  });

  it("what no rule covers is a gap, which denies", () => {
    const document = smallWith("when: { job: train }", "when: { job: train, cache: short }");
    expect(rulingOn(document, { job: "train", cache: "extended" })).toEqual({
      kind: "denied",
      reason: "gap",
      rules: [],
      axis: null,
      message: "no rule says what class such a call has",
    });
  });

  it("what cannot exist is denied by the impossibility, and the unknown by its axis", () => {
    expect(rulingOn(small, { job: "embed", background: "yes" })).toMatchObject({
      reason: "infeasible",
      rules: ["X1"],
      message: "such a call cannot exist: vectors come at once",
    });
    expect(rulingOn(small, { cache: "eternal" })).toMatchObject({ reason: "unclassifiable", axis: "cache" });
  });
});
