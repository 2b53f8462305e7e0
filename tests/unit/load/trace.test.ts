import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkSpeed, LoadInputError } from "../../../src/load/load-input-error.ts";
import { parseTrace, readTrace } from "../../../src/load/trace.ts";

const HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";

test("stamps of 100 ns become milliseconds after the first arrival", () => {
  const text = `${HEADER}\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n`;
  expect(parseTrace(text, "t.csv")).toEqual([
    { atMs: 0, inputTokens: 374, outputTokens: 44 },
    { atMs: 4_314.579, inputTokens: 396, outputTokens: 109 },
  ]);
});

test("stamps that go back are sorted, equal stamps keep the order of the file", () => {
  const text = `${HEADER}\n2023-11-16 18:00:02,3,3\n2023-11-16 18:00:01,1,1\n2023-11-16 18:00:02.0,4,4\n`;
  expect(parseTrace(text, "t.csv").map(({ atMs, inputTokens }) => [atMs, inputTokens])).toEqual([
    [0, 1],
    [1_000, 3],
    [1_000, 4],
  ]);
});

test("a byte order mark, carriage returns, blank lines and another order of columns are no fault", () => {
  const text = "\uFEFFContextTokens,GeneratedTokens,TIMESTAMP\r\n5,6,2023-11-16 18:00:00\r\n\r\n";
  expect(parseTrace(text, "t.csv")).toEqual([{ atMs: 0, inputTokens: 5, outputTokens: 6 }]);
});

test.each([
  ["no number", "2023-11-16 18:00:00,many,4", "t.csv:3 ContextTokens `many`"],
  ["zero tokens", "2023-11-16 18:00:00,3,0", "t.csv:3 GeneratedTokens `0`"],
  ["a negative count", "2023-11-16 18:00:00,-3,1", "t.csv:3 ContextTokens `-3`"],
  ["a missing column", "2023-11-16 18:00:00,3", "has 2 columns instead of 3"],
  ["no stamp", "yesterday,3,4", "t.csv:3 TIMESTAMP `yesterday`"],
  ["an impossible day", "2023-13-16 18:00:00,3,4", "t.csv:3 TIMESTAMP `2023-13-16 18:00:00`"],
])("a row with %s is named by file and line", (_name, row, message) => {
  const text = `${HEADER}\n2023-11-16 18:00:00,1,1\n${row}\n`;
  expect(() => parseTrace(text, "t.csv")).toThrow(LoadInputError);
  expect(() => parseTrace(text, "t.csv")).toThrow(message);
});

test("another header and a header without rows say what a trace looks like", () => {
  expect(() => parseTrace("a,b\n1,2\n", "t.csv")).toThrow(
    /t\.csv:1 the header is `a,b`.*TIMESTAMP,ContextTokens/,
  );
  expect(() => parseTrace(`${HEADER}\n`, "t.csv")).toThrow(/header and no rows/);
});

test("a missing, empty, binary or folder file is one message that says what to give instead", async () => {
  const folder = await mkdtemp(join(tmpdir(), "clauseway-trace-"));
  try {
    const [empty, binary] = [join(folder, "empty.csv"), join(folder, "binary.csv")];
    await writeFile(empty, " \n");
    await writeFile(binary, Buffer.from([0xff, 0xfe, 0x80]));
    await expect(readTrace(join(folder, "none.csv"))).rejects.toThrow(/no such file; give a CSV file/);
    await expect(readTrace(empty)).rejects.toThrow(/is empty: give a CSV file/);
    await expect(readTrace(binary)).rejects.toThrow(/no UTF-8 text/);
    await expect(readTrace(folder)).rejects.toThrow(/it is a folder/);
    await expect(readTrace(folder)).rejects.toBeInstanceOf(LoadInputError);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a speed is a number above 0 and not beyond all reason", () => {
  expect(checkSpeed("20")).toBe(20);
  expect(checkSpeed(0.5)).toBe(0.5);
  for (const bad of ["0", "-1", "NaN", "fast", "", " ", "Infinity", "10001"]) {
    expect(() => checkSpeed(bad)).toThrow(LoadInputError);
  }
});

const traces = process.env["CLAUSEWAY_TRACES"];

test.skipIf(traces === undefined)("the public conversation trace holds its published totals", async () => {
  const arrivals = await readTrace(join(traces ?? "", "AzureLLMInferenceTrace_conv.csv"));
  expect(arrivals).toHaveLength(19_366);
  expect(arrivals.reduce((sum, { inputTokens }) => sum + inputTokens, 0)).toBe(22_361_870);
  expect(arrivals.reduce((sum, { outputTokens }) => sum + outputTokens, 0)).toBe(4_088_665);
});
