import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Deployment } from "../../src/domain/call.ts";
import { choose, type ChoiceInput } from "../../src/routing/choose.ts";

const DEPLOYMENTS: readonly Deployment[] = [
  "azure/eastus2",
  "azure/swedencentral",
  "aws/us-east-1",
  "stargate/abilene",
  "google/us-east1",
].map((id) => ({ id, provider: id.split("/")[0] ?? "", region: id.split("/")[1] ?? "" }));

function input(changes: Partial<ChoiceInput> = {}): ChoiceInput {
  return {
    allowed: ["azure", "aws"],
    preference: ["azure", "aws"],
    deployments: DEPLOYMENTS,
    serves: () => true,
    isUp: () => true,
    pinned: null,
    spread: 0,
    ...changes,
  };
}

const names = fc.subarray(["azure", "aws", "stargate", "google", "nowhere"]);
const mask = fc.array(fc.boolean(), { minLength: DEPLOYMENTS.length, maxLength: DEPLOYMENTS.length });
const anyInput: fc.Arbitrary<ChoiceInput> = fc.record({
  allowed: names,
  preference: names.chain((some) => fc.shuffledSubarray(some)),
  deployments: fc.constant(DEPLOYMENTS),
  serves: mask.map((serving) => (one: Deployment) => serving[DEPLOYMENTS.indexOf(one)] ?? false),
  isUp: mask.map((up) => (one: Deployment) => up[DEPLOYMENTS.indexOf(one)] ?? false),
  pinned: fc.option(fc.constantFrom(...DEPLOYMENTS), { nil: null }),
  spread: fc.nat(),
});

describe("for every allowed set, preference, health and pin", () => {
  test("neither the choice nor an alternate is outside the allowed set, down, or unable to serve", () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const choice = choose(given);
        if (choice.kind !== "chosen") return;
        for (const one of [choice.deployment, ...choice.alternates]) {
          expect(given.allowed).toContain(one.provider);
          expect(given.isUp(one) && given.serves(one)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("a call is refused only when nothing in the allowed set could take it", () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const { pinned } = given;
        const able = DEPLOYMENTS.filter(
          (one) =>
            given.allowed.includes(one.provider) &&
            given.serves(one) &&
            (!pinned || one.id === `${pinned.provider}/${pinned.region}`),
        );
        const expected = able.length === 0 ? "none-serves" : able.some(given.isUp) ? "chosen" : "none-up";
        expect(choose(given).kind).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a pinned call goes where its content is, or nowhere", () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom(...DEPLOYMENTS), (given, pinned) => {
        const choice = choose({ ...given, pinned });
        if (choice.kind === "chosen")
          expect(choice).toEqual({ kind: "chosen", deployment: pinned, alternates: [] });
      }),
    );
  });

  test("the same input gives the same choice", () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        expect(choose(given)).toEqual(choose(given));
      }),
    );
  });
});

test("the operator's preference decides among allowed providers; those it does not name come last", () => {
  const chosen = (preference: readonly string[]): string => {
    const choice = choose(input({ preference }));
    return choice.kind === "chosen" ? choice.deployment.provider : choice.kind;
  };
  expect(chosen(["aws", "azure"])).toBe("aws");
  expect(chosen(["azure", "aws"])).toBe("azure");
  expect(chosen(["stargate"])).toBe("azure");
});

test("a provider that is down is passed over for the next that is allowed", () => {
  const choice = choose(input({ isUp: ({ provider }) => provider !== "azure" }));
  expect(choice).toMatchObject({ kind: "chosen", deployment: { id: "aws/us-east-1" } });
});

test("when all are down it says which were tried, each once", () => {
  expect(choose(input({ isUp: () => false }))).toEqual({ kind: "none-up", tried: ["azure", "aws"] });
});

test("calls are spread evenly over the regions of one provider, and each region backs the other up", () => {
  const counts = new Map<string, number>();
  for (let spread = 0; spread < 100; spread += 1) {
    const choice = choose(input({ spread }));
    if (choice.kind !== "chosen") throw new Error("every region is up");
    counts.set(choice.deployment.id, (counts.get(choice.deployment.id) ?? 0) + 1);
    expect(choice.alternates).toHaveLength(1);
    expect(choice.alternates[0]).toMatchObject({ provider: "azure" });
  }
  expect(Object.fromEntries(counts)).toEqual({ "azure/eastus2": 50, "azure/swedencentral": 50 });
});
