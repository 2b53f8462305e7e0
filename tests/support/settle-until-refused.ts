/**
 * Child of the disk tests: settles calls, 16 at once, printing each id once it is acknowledged, until the ledger refuses one;
 * then prints `refused` with the codes of the refusal and of one more call, and ends. With `again` as its second argument it waits
 * until the ledger takes calls again, and settles on, one at a time, until the next refusal.
 */

import { setTimeout as delay } from "node:timers/promises";
import { LedgerError } from "../../src/stores/ledger-error.ts";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import { settledCall } from "./settled-call.ts";

/** So that a child whose disk never fails ends all the same. */
const MOST_CALLS = 20_000;

const MOST_TRIES = 1_000;
const RETRY_MS = 20;

const [file = "", again = ""] = process.argv.slice(2);
const store = await openSqliteStore({ file, reopenMs: RETRY_MS });
let last = 0;
let refusal: string | null = null;

async function settleOnAndOn(): Promise<void> {
  while (last < MOST_CALLS && refusal === null) {
    last += 1;
    const id = `call-${last}`;
    try {
      await store.settle(settledCall(id, { partner: `partner-${last % 5}` }));
      process.stdout.write(`${id}\n`);
    } catch (error) {
      refusal ??= codeOf(error);
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof LedgerError ? error.code : String(error);
}

await Promise.all(Array.from({ length: 16 }, settleOnAndOn));
const later = await store.settle(settledCall("later")).then(() => "taken", codeOf);
process.stdout.write(`refused ${refusal} ${later}\n`);
if (again === "again") {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    await delay(RETRY_MS);
    const id = `again-${tries}`;
    if ((await store.settle(settledCall(id)).then(() => "taken", codeOf)) !== "taken") continue;
    process.stdout.write(`${id}\n`);
    break;
  }
  refusal = null;
  last = MOST_CALLS / 2;
  await settleOnAndOn();
}
await store.close();
