import * as fc from "fast-check";
import { expect, test } from "vitest";
import { seededRng } from "../../../src/domain/rng.ts";
import {
  checkpointsUntil,
  eventsUntil,
  isFinal,
  planStages,
  statusAt,
  trainedTokens,
  type JobFacts,
} from "../../../src/clouds/stargate/model.ts";

const ORDER = ["validating_files", "queued", "running", "succeeded"];

function fresh(epochs: number, batchSize: number): JobFacts {
  return {
    plan: { id: "ftjob-12345678", model: "m", suffix: null, epochs, batchSize },
    createdAtMs: 1_000,
    validation: null,
    validatedAtMs: null,
    startsAtMs: null,
    endsAtMs: null,
    cancelledAtMs: null,
  };
}

const jobs = fc.record({
  epochs: fc.integer({ min: 1, max: 10 }),
  batchSize: fc.integer({ min: 1, max: 8 }),
  examples: fc.integer({ min: 1, max: 50 }),
  tokens: fc.integer({ min: 0, max: 100_000 }),
  speed: fc.constantFrom(1, 10, Infinity),
});

test("a sound job passes its states in order and never goes back; speed only shortens it", () => {
  fc.assert(
    fc.property(jobs, ({ epochs, batchSize, examples, tokens, speed }) => {
      const facts = planStages(fresh(epochs, batchSize), { kind: "sound", examples, tokens }, 1_200, speed);
      const end = facts.endsAtMs ?? 0;
      let place = 0;
      for (let step = 0; step <= 50; step += 1) {
        const next = ORDER.indexOf(statusAt(facts, 1_000 + ((end - 1_000) * step) / 50));
        expect(next).toBeGreaterThanOrEqual(place);
        place = next;
      }
      expect(statusAt(facts, end)).toBe("succeeded");
      expect(trainedTokens(facts.plan, tokens)).toBe(tokens * epochs);
    }),
  );
});

test("events and checkpoints only accumulate, and the same job tells the same story", () => {
  fc.assert(
    fc.property(jobs, ({ epochs, batchSize, examples, tokens, speed }) => {
      const facts = planStages(fresh(epochs, batchSize), { kind: "sound", examples, tokens }, 1_200, speed);
      const end = facts.endsAtMs ?? 0;
      const all = eventsUntil(facts, end, seededRng(1));
      const half = eventsUntil(facts, (1_000 + end) / 2, seededRng(1));
      expect(all.slice(0, half.length)).toEqual(half);
      expect(all.at(-1)?.message).toBe("The job has successfully completed");
      expect(checkpointsUntil(facts, end, seededRng(1))).toHaveLength(epochs);
    }),
  );
});

test("a bad file fails the job once its validation is over", () => {
  const facts = planStages(fresh(1, 1), { kind: "bad", line: 3, message: "line 3" }, 1_200, 1);
  expect(statusAt(facts, 1_500)).toBe("validating_files");
  expect(statusAt(facts, 2_000)).toBe("failed");
  expect(eventsUntil(facts, 2_000, seededRng(1)).at(-1)).toMatchObject({ level: "error", message: "line 3" });
});

test("a cancelled job stays cancelled and tells nothing later", () => {
  const planned = planStages(fresh(2, 1), { kind: "sound", examples: 4, tokens: 10 }, 1_200, 1);
  const facts = { ...planned, cancelledAtMs: 2_500 };
  expect(isFinal(statusAt(facts, 99_999))).toBe(true);
  const events = eventsUntil(facts, 99_999, seededRng(1));
  expect(events.at(-1)?.message).toBe("Fine-tuning job cancelled");
  expect(events.every(({ atMs }) => atMs <= 2_500)).toBe(true);
  expect(checkpointsUntil(facts, 99_999, seededRng(1))).toEqual([]);
});
