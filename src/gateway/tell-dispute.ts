/** Where counts that are not believed can be looked at: the ledger keeps none of them. */

import type { Logger } from "pino";
import type { SettledCall } from "../domain/ledger.ts";
import type { Usage } from "../domain/usage.ts";
import { isDisputed } from "../pricing/unpriced.ts";

/** Writes a warning with what was reported of a call, or of its job, when that is disputed; nothing otherwise. */
export function tellDispute(logger: Logger, { requestId, charge }: SettledCall, reported: Usage): void {
  if (isDisputed(charge)) logger.warn({ requestId, usage: reported }, "a report of usage is disputed");
}
