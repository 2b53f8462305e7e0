import { expect, test } from "vitest";
import { formatCheck } from "../../../src/cli/text/check-report.ts";
import { checkPolicy } from "../../../src/policy/check-policy.ts";
import { SMALL } from "../agreement/small-agreement.ts";
import { smallPolicy } from "../agreement/small-policy.ts";

test("of very many findings of one kind the first are shown and the rest counted, those of other kinds all", () => {
  const sources = smallPolicy({
    agreements: [`${SMALL}accepted: [{ code: CT005, subject: C1, because: kept for a test }]\n`],
    properties: ["- { id: P1, text: every call is decided, forall: {}, then: { verdict: allowed } }"],
  });
  const result = checkPolicy(sources, { mutate: true });
  const idle = result.findings.filter(({ file, code }) => code === "CT015" && file === "a0.yaml");
  const survivor = result.findings.find(({ code }) => code === "CT014");
  if (survivor === undefined) throw new Error("a survivor was expected");
  const many = Array.from({ length: 1_300 }, (_, index) => ({
    ...survivor,
    message: `survivor ${index + 1}.`,
  }));
  const text = formatCheck({ ...result, findings: [...many, ...idle] }, sources);
  expect(text.match(/survivor \d+\./g)).toHaveLength(40);
  expect(text).toContain("CT014 and 1,260 more of this kind; --json lists them all");
  expect(text).toContain("CT005 of C1 is accepted, and was not found");
  expect(text).toContain("0 errors, 1,301 warnings, 0 accepted");
});
