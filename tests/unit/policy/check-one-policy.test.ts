/** What stops a server: every error that the one policy it would run can show. */

import { expect, test } from "vitest";
import { isBlocking } from "../../../src/decision-table/findings.ts";
import { checkOnePolicy } from "../../../src/policy/check-policy.ts";
import { SMALL } from "../agreement/small-agreement.ts";
import { smallPolicy, type SmallTexts } from "../agreement/small-policy.ts";

function stoppedBy(texts: SmallTexts): readonly string[] {
  const { findings } = checkOnePolicy(smallPolicy(texts), { regime: "test", reading: "default" });
  return findings.filter(isBlocking).map(({ code, subject }) => `${code} ${subject}`);
}

test("the small policy is stopped by nothing", () => {
  expect(stoppedBy({})).toEqual([]);
});

test("an avoidance of doubt that another clause decides", () => {
  const text = SMALL.replace(
    "text: sessions may go anywhere",
    "includes: [{ region: eu }]\n    text: sessions may go anywhere",
  );
  const other =
    "  - id: C5\n    name: OTHER\n    modality: obligation\n    text: sessions of Europe are hosted on aws\n    basis: assumed\n    source: [S1]\n    when: { workload: stateful, region: eu }\n    then: { provider: { in: [aws] } }\n";
  expect(stoppedBy({ agreements: [text] })).toEqual([]);
  expect(stoppedBy({ agreements: [text + other] })).toEqual(["CT006 C3"]);
});

test("a property or example of other readings stops nothing: whoever changes a reading can start", () => {
  const property =
    "- { id: P1, text: every call is decided, readings: { A9: spill }, forall: {}, then: { verdict: allowed } }";
  expect(stoppedBy({ properties: [property] })).toEqual([]);
});
