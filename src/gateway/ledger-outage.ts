/** A ledger that cannot write closes the gateway to new calls; once it answers again, the gateway opens by itself. */

import type { Gateway } from "./gateway.ts";

/** How often a lost ledger is asked whether it is back. */
const ASK_EVERY_MS = 1_000;

/**
 * Closes the gateway unless it is closed already. The store looks after its ledger, and tells each asker why it cannot be used;
 * that is logged whenever it is another reason than before.
 */
export function closeForOutage(gateway: Gateway, cause: Error): void {
  if (gateway.closed !== "no") return;
  gateway.closed = "ledger_unavailable";
  gateway.logger.error({ err: cause }, "the ledger cannot write: no new calls until it answers");
  askLater(gateway, cause.message);
}

function askLater(gateway: Gateway, reason: string): void {
  setTimeout(() => void ask(gateway, reason), ASK_EVERY_MS).unref();
}

async function ask(gateway: Gateway, before: string): Promise<void> {
  const reason = await gateway.store.pendingJobs().then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  // A gateway that is shutting down meanwhile stays closed.
  if (gateway.closed !== "ledger_unavailable") return;
  if (reason !== null) {
    if (reason !== before) gateway.logger.error({ reason }, "the ledger still cannot be used");
    askLater(gateway, reason);
    return;
  }
  gateway.closed = "no";
  gateway.logger.info("the ledger answers again: calls are taken");
}
