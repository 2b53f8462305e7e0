import { expect, test } from "vitest";
import { wrapped } from "../../../src/cli/text/sections.ts";

test("a number and its percent sign stay on one line, wherever the page ends", () => {
  for (let length = 80; length < 100; length++) {
    const lines = wrapped(`${"x".repeat(length)} microsoft 20 %, openai 80 %`);
    expect(lines.join(" ")).toBe(`${"x".repeat(length)} microsoft 20 %, openai 80 %`);
    expect(lines.filter((line) => line.startsWith("%"))).toEqual([]);
  }
});
