import * as fc from "fast-check";
import { expect, test } from "vitest";
import { factsText, parseFacts } from "../../src/domain/facts-text.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
const facts = fc.dictionary(word, word, { maxKeys: 8 });

test("facts are written sorted by axis, whatever the order they come in", () => {
  expect(factsText({ workload: "stateless", family: "openai" })).toBe("family=openai workload=stateless");
  expect(factsText({})).toBe("");
});

test("what is written is read back, and equal facts are equal text", () => {
  fc.assert(
    fc.property(facts, (given) => {
      const shuffled = Object.fromEntries(Object.entries(given).toReversed());
      expect(parseFacts(factsText(given))).toEqual({ ...given });
      expect(factsText(shuffled)).toBe(factsText(given));
    }),
  );
});

test("a text is remembered for facts that cannot change, and for no others", () => {
  const open: Record<string, string> = { workload: "stateless" };
  expect(factsText(open)).toBe("workload=stateless");
  open["workload"] = "batch";
  expect(factsText(open)).toBe("workload=batch");
  const frozen = Object.freeze({ ...open });
  expect([factsText(frozen), factsText(frozen)]).toEqual(["workload=batch", "workload=batch"]);
});
