/** The clouds' own meters, over HTTP or from files of saved rows. */

import { readFileSync } from "node:fs";
import { request } from "undici";
import { z } from "zod";
import { UsageError } from "../../app/settings.ts";
import { whyUnreadable } from "../../config/why-unreadable.ts";
import type { MeterRow } from "../../ledger/reconcile/meter-row.ts";

/** A meter to read: `url` has no trailing slash, `key` opens it. */
export interface MeterAccess {
  readonly provider: string;
  readonly url: string;
  readonly key: string;
}

const count = z.int().nonnegative().nullable();
const rowSchema = z.object({
  seq: z.int().positive(),
  caller: z.enum(["gateway", "direct"]),
  requestId: z.string().nullable(),
  provider: z.string(),
  region: z.string(),
  operation: z.string(),
  model: z.string().nullable(),
  status: z.int(),
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  trainedTokens: count,
});
type WireRow = z.infer<typeof rowSchema>;

const PAGE_ROWS = 5_000;

/**
 * All rows that the gateway caused. Rejects with UsageError for a meter that cannot be reached or refuses the key, that has
 * dropped rows, or answers otherwise than a meter does.
 */
export async function fetchMeter(meter: MeterAccess): Promise<readonly MeterRow[]> {
  const rows: MeterRow[] = [];
  let last = 0;
  while (true) {
    const page = await fetchPage(meter, last);
    for (const row of page) {
      if (row.seq !== last + 1) {
        throw new UsageError(
          `the meter at ${meter.url} has lost its rows ${last + 1} to ${row.seq - 1}, so calls would seem missing there; reconcile from files of saved rows`,
        );
      }
      last = row.seq;
      // Whose meter it is was asked; what the row says of it is its own word.
      if (row.caller === "gateway") rows.push({ ...meterRowOf(row), provider: meter.provider });
    }
    if (page.length < PAGE_ROWS) return rows;
  }
}

/** The rows of a file, one JSON object a line, as `/meter` gives them. Throws UsageError with the line of the first mistake. */
export function readMeterFile(file: string): readonly MeterRow[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read the meter rows in ${file}: ${whyUnreadable(error)}`);
  }
  const rows = text
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [parseRow(line, `${file}:${index + 1}`)]));
  return rows.filter(({ caller }) => caller === "gateway").map(meterRowOf);
}

async function fetchPage({ provider, url, key }: MeterAccess, after: number): Promise<readonly WireRow[]> {
  const endpoint = `${url}/meter?after=${after}&limit=${PAGE_ROWS}`;
  const headers: Record<string, string> =
    provider === "azure" ? { "api-key": key } : { authorization: `Bearer ${key}` };
  let status: number;
  let text: string;
  try {
    const answer = await request(endpoint, { headers });
    status = answer.statusCode;
    text = await answer.body.text();
  } catch (error) {
    throw unreachable(provider, url, (error as NodeJS.ErrnoException).code ?? String(error));
  }
  if (status !== 200) throw unreachable(provider, url, `status ${status}`);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parseRow(line, `${url}/meter`));
}

function parseRow(line: string, where: string): WireRow {
  const parsed = rowSchema.safeParse(readJson(line));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const what = issue === undefined ? "" : `, ${issue.path.join(".") || "it"}: ${issue.message}`;
  throw new UsageError(`${where}: no row of a meter${what}`);
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}

function meterRowOf(row: WireRow): MeterRow {
  const { provider, requestId, region, operation, model, status } = row;
  const { inputTokens, cachedInputTokens, outputTokens, trainedTokens } = row;
  const tokens = { inputTokens, cachedInputTokens, outputTokens, trainedTokens };
  return { provider, requestId, region, operation, model, status, ...tokens };
}

function unreachable(provider: string, url: string, why: string): UsageError {
  return new UsageError(
    `cannot read the meter of ${provider} at \`${url}/meter\` (${why}); check that the cloud runs and that its key is the right one, or give --meter`,
  );
}
