/** Names of the things that a mock cloud keeps. */

import { randomUUID } from "node:crypto";

/**
 * A fresh id such as `resp_9f…` (the prefix carries its own separator). Random on purpose: a restarted cloud must not hand out
 * ids that a ledger on disk already knows.
 */
export function createId(prefix: string): string {
  return prefix + randomUUID().replaceAll("-", "");
}
