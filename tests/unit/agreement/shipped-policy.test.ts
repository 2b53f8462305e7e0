import { describe, expect, test } from "vitest";
import { isBlocking } from "../../../src/decision-table/findings.ts";
import { checkPolicy } from "../../../src/policy/check-policy.ts";
import { renderDecisions } from "../../support/render-decisions.ts";
import { defaultReading, shipped } from "./shipped.ts";

const MUTATION_TIMEOUT_MS = 120_000;

describe("the shipped regimes under the shipped readings", () => {
  test(
    "have no error, and every change of a clause that changes a decision is noticed by a property or an example",
    () => {
      const { checked, findings, mutation } = checkPolicy(shipped, { mutate: true });
      expect(checked.length).toBe(shipped.agreements.length * shipped.readings.length);
      expect(findings.filter(isBlocking).map(({ code, message }) => `${code} ${message}`)).toEqual([]);
      const unaccepted = findings.filter(({ accepted }) => accepted === null);
      expect(unaccepted.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
      expect(mutation?.survived).toBe(0);
      expect(mutation?.killed).toBeGreaterThan(2_000);
    },
    MUTATION_TIMEOUT_MS,
  );

  test("are five regimes that tile the time from January 2023 on, the last one open", () => {
    const { agreements } = shipped;
    expect(agreements.map(({ regime }) => regime)).toEqual([
      "2023-01",
      "2025-01-21",
      "2025-10-28",
      "2026-02-27",
      "2026-04-27",
    ]);
    agreements.forEach(({ effective }, index) => {
      expect(effective.to).toBe(agreements[index + 1]?.effective.from ?? null);
    });
  });

  test("keep at least fifteen properties, the seven of the project's brief among them", () => {
    const ids = shipped.properties.value.properties.map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(15);
    for (const wanted of ["P1", "P2", "P3", "P4", "P5", "P6", "P7"]) {
      expect(ids.some((id) => id === wanted || id.startsWith(`${wanted}-`))).toBe(true);
    }
  });
});

/** A review of a clause sees here what it does; `npm test -- -u` writes the files anew. */
describe("what the clauses come to, under the default reading", () => {
  test.each(shipped.agreements.map((agreement) => [agreement.regime, agreement] as const))(
    "%s",
    async (regime, agreement) => {
      await expect(renderDecisions(agreement, defaultReading)).toMatchFileSnapshot(
        `./decisions/${regime}.txt`,
      );
    },
  );
});
