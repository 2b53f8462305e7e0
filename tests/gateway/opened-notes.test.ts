/** A call that is under way for long is noted in the ledger before it ends. */

import { afterEach, expect, test } from "vitest";
import { openSqliteReader } from "../../src/stores/sqlite/sqlite-reader.ts";
import { chat, startFaultWorld, type FaultWorld } from "../support/fault-world.ts";
import { answerJson, COMPLETION, type UpstreamCall } from "../support/raw-upstream.ts";

let faults: FaultWorld | null = null;
afterEach(async () => {
  await faults?.close();
  faults = null;
});

test("a call that its upstream keeps waiting is noted, and the note goes when it is settled", async () => {
  faults = await startFaultWorld();
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<UpstreamCall>();
  faults.azure.answer(onAsked);
  const answered = chat(faults.gateway);
  const held = await asked;
  const reader = openSqliteReader({ file: faults.world.ledgerFile });
  const noted = async (): Promise<readonly string[]> =>
    (await reader.orphans(Number.MAX_SAFE_INTEGER)).map(({ requestId }) => requestId);

  await expect.poll(noted).toHaveLength(1);
  const [id] = await noted();
  answerJson(COMPLETION)(held);

  const response = await answered;
  expect(response.status).toBe(200);
  expect(response.headers.get("x-clauseway-request-id")).toBe(id);
  await response.text();
  expect(await noted()).toEqual([]);
  await reader.close();
});
