import { expect, test } from "vitest";
import { canLeave, leavesItsSet } from "../../../src/agreement/verify/under-health.ts";
import { choose, type Choice, type ChoiceInput } from "../../../src/routing/choose.ts";

const UNIVERSE = ["aws", "azure", "google"];

test("the real chooser stays in every allowed set, whatever is up, pinned, preferred or tried again", () => {
  for (let mask = 1; mask < 2 ** UNIVERSE.length; mask++) {
    const providers = UNIVERSE.filter((_, bit) => ((mask >> bit) & 1) === 1);
    const ruling = {
      kind: "allowed" as const,
      providers,
      clauses: ["C1"],
      moneyClauses: ["C11"],
      sharePpm: {},
      money: { clauses: ["C11"], versions: [], caps: [] },
    };
    expect(leavesItsSet(ruling, UNIVERSE)).toBe(false);
  }
});

const leaks: readonly (readonly [string, (input: ChoiceInput) => Choice])[] = [
  [
    "falls back to whoever is up",
    (input) => {
      const choice = choose(input);
      return choice.kind === "none-up" ? choose({ ...input, allowed: UNIVERSE }) : choice;
    },
  ],
  [
    "follows the pin before the agreement",
    (input) => choose(input.pinned ? { ...input, allowed: UNIVERSE } : input),
  ],
  [
    "retries anywhere",
    (input) => {
      const choice = choose(input);
      return choice.kind === "chosen"
        ? { ...choice, alternates: input.deployments.filter(input.isUp) }
        : choice;
    },
  ],
  [
    "prefers what the operator prefers",
    (input) => {
      const [preferred] = input.preference;
      const deployment = input.deployments.find((one) => one.provider === preferred && input.isUp(one));
      return deployment ? { kind: "chosen", deployment, alternates: [] } : choose(input);
    },
  ],
];
test.each(leaks)("a chooser that %s is found out", (_, leaky) => {
  expect(canLeave(["azure"], UNIVERSE, leaky)).toBe(true);
});
