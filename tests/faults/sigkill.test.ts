/** The whole promise at once: whatever was answered is in the books, once, though the gateway is killed again and again. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRng } from "../../src/domain/rng.ts";
import { buildStatement } from "../../src/ledger/statement.ts";
import { openSqliteReader } from "../../src/stores/sqlite/sqlite-reader.ts";
import { TEST_PATIENCE_MS } from "../support/patience.ts";
import { answerInKind, killUnderLoad } from "../support/kill-rounds.ts";
import { startRawUpstream, valueOf, type RawUpstream } from "../support/raw-upstream.ts";

/** `npm run prove` asks for 500. */
const KILLS = Number(process.env["CLAUSEWAY_KILLS"] ?? "20");
const SEED = Number(process.env["CLAUSEWAY_SEED"] ?? Date.now() % 1_000_000);

let folder = "";
let upstream: RawUpstream;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-kill-"));
  upstream = await startRawUpstream();
  upstream.answer(answerInKind);
});
afterAll(async () => {
  await upstream.close();
  await rm(folder, { recursive: true });
});

test(
  `no answered call is missing and none is settled twice over ${KILLS} kills under load (seed ${SEED})`,
  async () => {
    const { acknowledged, cutRounds } = await killUnderLoad({
      kills: KILLS,
      rng: seededRng(SEED),
      environment: {
        CLAUSEWAY_DATA_DIR: folder,
        CLAUSEWAY_GATEWAY_PORT: "0",
        CLAUSEWAY_ADMIN_PORT: "0",
        CLAUSEWAY_AZURE_URL: upstream.url,
        CLAUSEWAY_AWS_URL: upstream.url,
        CLAUSEWAY_STARGATE_URL: upstream.url,
      },
    });
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(acknowledged.length).toBeGreaterThan(KILLS * 10);
    // Kills that hit nothing would prove nothing.
    expect(cutRounds).toBeGreaterThan(KILLS / 2);

    const file = join(folder, "ledger.sqlite");
    const settled = settledIds(file);
    expect(new Set(settled).size).toBe(settled.length);
    expect(acknowledged.filter((id) => !new Set(settled).has(id))).toEqual([]);
    const sent = new Set(
      upstream.calls.map(({ headerLines }) => valueOf(headerLines, "x-ms-client-request-id")),
    );
    expect(settled.filter((id) => !sent.has(id))).toEqual([]);

    const reader = openSqliteReader({ file });
    const totals = await reader.totals();
    const { proof } = buildStatement(await reader.summary());
    const orphans = await reader.orphans(Date.now());
    await reader.close();
    expect(totals.calls).toBe(settled.length);
    expect(totals.inputTokens).toBe(BigInt(settled.length * 7));
    expect(proof.holds).toBe(true);
    // What was under way is either settled or found as an orphan, never both.
    const known = new Set(settled);
    expect(orphans.filter(({ requestId }) => known.has(requestId))).toEqual([]);
  },
  TEST_PATIENCE_MS + KILLS * 10_000,
);

function settledIds(file: string): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare("SELECT request_id FROM call WHERE phase = 0").all();
  database.close();
  return rows.map((row) => String(row["request_id"]));
}
