/** A ledger that cannot write closes the gateway to new calls; once it answers again, the gateway opens by itself. */

import type { Gateway } from "./gateway.ts";

/** How often a lost ledger is asked whether it is back. */
const ASK_EVERY_MS = 1_000;

/** Closes the gateway unless it is closed already. A ledger that is gone for good, as a broken file is, never answers. */
export function closeForOutage(gateway: Gateway): void {
  if (gateway.closed !== "no") return;
  gateway.closed = "ledger_unavailable";
  gateway.logger.error("the ledger cannot write: no new calls until it answers");
  askLater(gateway);
}

function askLater(gateway: Gateway): void {
  setTimeout(() => void ask(gateway), ASK_EVERY_MS).unref();
}

async function ask(gateway: Gateway): Promise<void> {
  const answers = await gateway.store.pendingJobs().catch(() => null);
  // A gateway that is shutting down meanwhile stays closed.
  if (gateway.closed !== "ledger_unavailable") return;
  if (answers === null) {
    askLater(gateway);
    return;
  }
  gateway.closed = "no";
  gateway.logger.info("the ledger answers again: calls are taken");
}
