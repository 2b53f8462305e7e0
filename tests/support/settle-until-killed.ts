/** Child of the crash tests: settles calls, 64 at once, and prints each id once it is acknowledged; somebody kills it. */

import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import { settledCall } from "./settled-call.ts";

/** So that a child that nobody kills ends all the same. */
const MOST_CALLS = 500_000;

const [file = "", prefix = ""] = process.argv.slice(2);
const store = await openSqliteStore({ file });
let last = 0;

async function settleOnAndOn(): Promise<void> {
  while (last < MOST_CALLS) {
    last += 1;
    const id = `${prefix}-${last}`;
    await store.settle(settledCall(id));
    process.stdout.write(`${id}\n`);
  }
}

await Promise.all(Array.from({ length: 64 }, settleOnAndOn));
