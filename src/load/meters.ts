/** Reads the clouds' own per-call meters over HTTP. */

import { request } from "undici";
import type { CloudAccess } from "./target.ts";
import { LoadInputError } from "./load-input-error.ts";
import type { MeterRow } from "./placement.ts";

/** How far each cloud's meter had come, in the order of the clouds. */
export type MeterMarks = readonly number[];

/**
 * Reads where every meter stands, so that a run on a system in use counts only what comes later. Throws LoadInputError for a
 * cloud that cannot be reached or refuses the key.
 */
export async function markMeters(clouds: readonly CloudAccess[]): Promise<MeterMarks> {
  return Promise.all(
    clouds.map(async (cloud) => {
      let last = 0;
      for await (const row of readRows(cloud, 0)) last = row.seq;
      return last;
    }),
  );
}

/**
 * All rows after the marks, cloud by cloud, oldest first; what callers made for themselves (`direct`) is left out. Throws when
 * a meter has lost rows in between: placement would be a guess.
 */
export async function readMeters(
  clouds: readonly CloudAccess[],
  marks: MeterMarks,
): Promise<readonly MeterRow[]> {
  const perCloud = await Promise.all(
    clouds.map(async (cloud, index) => {
      const rows: MeterRow[] = [];
      let expected = (marks[index] ?? 0) + 1;
      for await (const row of readRows(cloud, expected - 1)) {
        if (row.seq !== expected) {
          throw new Error(
            `the meter of ${cloud.provider} lost rows ${expected} to ${row.seq - 1}: placement is not known`,
          );
        }
        expected++;
        if (row.caller === "gateway") rows.push(keepRow(row, cloud));
      }
      return rows;
    }),
  );
  return perCloud.flat();
}

interface WireRow extends MeterRow {
  readonly seq: number;
  readonly caller: "gateway" | "direct";
}

const PAGE_ROWS = 5_000;

async function* readRows(cloud: CloudAccess, after: number): AsyncGenerator<WireRow> {
  while (true) {
    const page = await readPage(cloud, after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = last.seq;
  }
}

async function readPage(cloud: CloudAccess, after: number): Promise<WireRow[]> {
  const url = `${cloud.url}/meter?after=${after}&limit=${PAGE_ROWS}`;
  const headers: Record<string, string> =
    cloud.provider === "azure" ? { "api-key": cloud.key } : { authorization: `Bearer ${cloud.key}` };
  let status: number;
  let text: string;
  try {
    const answer = await request(url, { headers });
    status = answer.statusCode;
    text = await answer.body.text();
  } catch (error) {
    throw unreachable(cloud, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
  if (status !== 200) throw unreachable(cloud, `status ${status}`);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as WireRow);
}

/** Without the columns nobody asks for: a run may hold a million rows. The provider is who was asked, not what the row says. */
function keepRow(row: WireRow, cloud: CloudAccess): MeterRow {
  const { requestId, operation, status, inputTokens, outputTokens } = row;
  return { provider: cloud.provider, requestId, operation, status, inputTokens, outputTokens };
}

function unreachable(cloud: CloudAccess, why: string, cause?: unknown): LoadInputError {
  return new LoadInputError(
    `cannot read the meter of ${cloud.provider} at \`${cloud.url}/meter\` (${why}): placement is counted there; check that ` +
      "the cloud runs and that its key is the right one",
    { cause },
  );
}
