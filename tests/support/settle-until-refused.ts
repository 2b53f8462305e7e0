/**
 * Child of the disk tests: settles calls, 16 at once, printing each id once it is acknowledged, until the ledger refuses one;
 * then prints `refused` with the codes of the refusal and of one more call, and ends.
 */

import { LedgerError } from "../../src/stores/ledger-error.ts";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import { settledCall } from "./settled-call.ts";

/** So that a child whose disk never fails ends all the same. */
const MOST_CALLS = 20_000;

const [file = ""] = process.argv.slice(2);
const store = await openSqliteStore({ file });
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
await store.close();
