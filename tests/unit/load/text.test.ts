import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { seededRng } from "../../../src/domain/rng.ts";
import { createPromptSource } from "../../../src/load/text.ts";

test("a prompt has exactly the tokens asked for, whatever the count and the seed", () => {
  assert(
    property(integer({ min: 1, max: 4_000 }), integer(), (tokens, seed) => {
      expect(countTokens(createPromptSource(seededRng(seed))(tokens))).toBe(tokens);
    }),
    { numRuns: 40 },
  );
});

test("a prompt longer than the text it is cut from is exact too", () => {
  expect(countTokens(createPromptSource(seededRng(1))(40_000))).toBe(40_000);
});

test("prompts of one source differ, and the same seed gives the same prompts", () => {
  const [first, second] = [createPromptSource(seededRng(7)), createPromptSource(seededRng(7))];
  const prompts = Array.from({ length: 20 }, () => first(50));
  expect(new Set(prompts).size).toBe(20);
  expect(Array.from({ length: 20 }, () => second(50))).toEqual(prompts);
});

test("a count that is no whole number from 1 is refused", () => {
  const prompts = createPromptSource(seededRng(1));
  for (const bad of [0, -1, 1.5, Number.NaN, 1_000_001]) expect(() => prompts(bad)).toThrow(RangeError);
});
