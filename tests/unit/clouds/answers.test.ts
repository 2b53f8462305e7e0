import { encode } from "gpt-tokenizer/encoding/o200k_base";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerSlice, answerText, composeAnswer } from "../../../src/clouds/answer.ts";
import { proseSlice } from "../../../src/clouds/prose.ts";
import { recall } from "../../../src/clouds/recall.ts";
import { seededRng } from "../../../src/domain/rng.ts";
import { countAllTokens, countTokens } from "../../../src/wire/openai/tokens.ts";

describe("token counts", () => {
  test("special tokens in a user's text count as plain text", () => {
    expect(countTokens("<|endoftext|>")).toBeGreaterThan(1);
    expect(countTokens("<|im_start|>system<|im_sep|>")).toBeGreaterThan(3);
  });

  test("ordinary text counts as o200k does, in one piece or cut over turns", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.lorem({ maxCount: 20 }), fc.string({ unit: "grapheme", maxLength: 40 })), {
          maxLength: 40,
        }),
        async (parts) => {
          const text = parts.join(" ").replaceAll("<|", "< |");
          const expected = encode(text).length;
          expect(countTokens(text)).toBe(expected);
          const long = `${text} x`.repeat(1 + Math.ceil(70_000 / (text.length + 2)));
          expect(await countAllTokens([long])).toBe(encode(long).length);
        },
      ),
      { numRuns: 10 },
    );
  });

  test("an unbroken run of a million letters is counted, at about eight letters a token", () => {
    const count = countTokens("a".repeat(1_000_000));
    expect(count).toBeGreaterThan(120_000);
    expect(count).toBeLessThan(130_000);
  });
});

describe("prose", () => {
  test("any stretch, cut anywhere, is exactly as many tokens as asked for", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.integer({ min: 1, max: 9_000 }),
        fc.integer({ min: 0, max: 9_000 }),
        (draw, tokens, cut) => {
          const answer = composeAnswer(tokens, null, { next: () => draw });
          const whole = answerText(answer);
          expect(encode(whole).length).toBe(tokens);
          const at = Math.min(cut, tokens);
          expect(answerSlice(answer, 0, at) + answerSlice(answer, at, tokens)).toBe(whole);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("the corpus closes into a ring without changing the count", () => {
    expect(encode(proseSlice(4_080, 0, 40)).length).toBe(40);
  });
});

function never(): never {
  throw new Error("asked for the history");
}

describe("answers", () => {
  test("what is recalled opens the answer, prose fills the cap exactly", () => {
    const answer = composeAnswer(40, 'You first said: "naïve café 日本".', seededRng(3));
    const text = answerText(answer);
    expect(text.startsWith('You first said: "naïve café 日本". ')).toBe(true);
    expect(encode(text).length).toBe(40);
    const streamed = Array.from({ length: 40 }, (_, at) => answerSlice(answer, at, at + 1)).join("");
    expect(streamed).toBe(text);
  });

  test("what is recalled gives way to prose when it does not fit under the cap", () => {
    const text = answerText(composeAnswer(2, "Your name is Ada.", seededRng(3)));
    expect(encode(text).length).toBe(2);
    expect(text).not.toContain("name is");
  });

  test("without a cap the answer is what is recalled, or some whole sentences", () => {
    const recalled = composeAnswer(null, "Your name is Ada.", seededRng(1));
    expect(answerText(recalled)).toBe("Your name is Ada.");
    expect(recalled).toMatchObject({ finish: "stop", tokenCount: countTokens("Your name is Ada.") });
    const drawn = composeAnswer(null, null, seededRng(1));
    expect(answerText(drawn).endsWith(".")).toBe(true);
    expect(encode(answerText(drawn)).length).toBe(drawn.tokenCount);
  });

  test("the history is only read when a rule applies", () => {
    expect(recall("how are you?", never)).toBeNull();
    expect(recall("What did I say first, please?", () => ["one", "two"])).toBe('You first said: "one".');
    expect(recall("what is my name", () => ["my name is Ann", "My name is Bo!"])).toBe("Your name is Bo.");
    expect(recall("what did i say first", () => [])).toBe("You have said nothing before this.");
  });
});
