/** Reads the request traces of the Azure public dataset: when calls came, how long their prompts and answers were. */

import { LoadInputError } from "./load-input-error.ts";
import { readInputFile } from "./read-input-file.ts";

/** One call of a trace. */
export interface Arrival {
  /** Milliseconds after the first arrival, never below the one before. */
  readonly atMs: number;
  /** At least 1. */
  readonly inputTokens: number;
  /** At least 1. */
  readonly outputTokens: number;
}

/**
 * Reads a trace file; see `parseTrace`. Throws LoadInputError when it is missing, not readable, empty or malformed.
 */
export async function readTrace(file: string): Promise<readonly Arrival[]> {
  return parseTrace(await readInputFile(file, "trace", WHERE_TO_FIND), file);
}

/**
 * Arrivals in the order of their stamps; rows with equal stamps keep the order of the file. Never empty. The format is that of
 * the Azure LLM inference traces of 2023 (Azure/AzurePublicDataset, CC-BY-4.0): a header, then `TIMESTAMP` with up to seven
 * fractional digits and no zone, `ContextTokens`, `GeneratedTokens`; columns are found by name. Throws LoadInputError naming
 * `file` and the line of the first bad row.
 */
export function parseTrace(text: string, file: string): readonly Arrival[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const columns = readHeader(lines[0] ?? "", file);
  const rows: Row[] = [];
  for (let index = 1; index < lines.length; index++) {
    const line = (lines[index] ?? "").trimEnd();
    if (line !== "") rows.push(readRow(line, columns, `${file}:${index + 1}`));
  }
  if (rows.length === 0)
    throw new LoadInputError(`the trace \`${file}\` has a header and no rows: ${WHERE_TO_FIND}`);

  // Ticks of 100 ns since 1970 exceed 2^53, so they are compared and subtracted before they become numbers.
  rows.sort((a, b) => (a.ticks < b.ticks ? -1 : a.ticks > b.ticks ? 1 : 0));
  const first = rows[0]?.ticks ?? 0n;
  return rows.map(({ ticks, inputTokens, outputTokens }) => ({
    atMs: Number(ticks - first) / TICKS_PER_MS,
    inputTokens,
    outputTokens,
  }));
}

interface Row {
  /** 100 ns since 1970. */
  readonly ticks: bigint;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

interface Columns {
  readonly stamp: number;
  readonly input: number;
  readonly output: number;
  readonly count: number;
}

const TICKS_PER_MS = 10_000;
const HEADER = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"] as const;
const WHERE_TO_FIND =
  "give a CSV file with the columns TIMESTAMP,ContextTokens,GeneratedTokens, such as AzureLLMInferenceTrace_conv.csv " +
  "from https://github.com/Azure/AzurePublicDataset";

function readHeader(line: string, file: string): Columns {
  const names = line.trim().split(",");
  const [stamp, input, output] = HEADER.map((name) => names.indexOf(name));
  if (
    stamp === undefined ||
    input === undefined ||
    output === undefined ||
    Math.min(stamp, input, output) < 0
  ) {
    throw new LoadInputError(`${file}:1 the header is \`${abridge(line)}\`: ${WHERE_TO_FIND}`);
  }
  return { stamp, input, output, count: names.length };
}

function readRow(line: string, columns: Columns, place: string): Row {
  const cells = line.split(",");
  if (cells.length !== columns.count) {
    throw malformed(place, `\`${abridge(line)}\` has ${cells.length} columns instead of ${columns.count}`);
  }
  return {
    ticks: readStamp(cells[columns.stamp] ?? "", place),
    inputTokens: readCount(cells[columns.input] ?? "", "ContextTokens", place),
    outputTokens: readCount(cells[columns.output] ?? "", "GeneratedTokens", place),
  };
}

const STAMP = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,7}))?$/;

function readStamp(cell: string, place: string): bigint {
  const [, day, time, fraction = ""] = STAMP.exec(cell) ?? [];
  // The stamps have no zone and only their spacing counts, so any fixed zone serves.
  const wholeMs = day === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(wholeMs)) {
    throw malformed(place, `TIMESTAMP \`${abridge(cell)}\` is not like \`2023-11-16 18:15:46.6805900\``);
  }
  return BigInt(wholeMs) * BigInt(TICKS_PER_MS) + BigInt(fraction.padEnd(7, "0"));
}

function readCount(cell: string, column: string, place: string): number {
  const count = /^\d{1,7}$/.test(cell) ? Number(cell) : 0;
  if (count >= 1) return count;
  throw malformed(place, `${column} \`${abridge(cell)}\` is not a whole number from 1 to 9999999`);
}

function malformed(place: string, what: string): LoadInputError {
  return new LoadInputError(`${place} ${what}: mend or remove the row`);
}

function abridge(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
