/** What every command that reads the ledger shares: which ledger, which month, and reading it page by page. */

import { openLedgerReader } from "../app/open-ledger.ts";
import { readSettings, UsageError, type Settings } from "../app/settings.ts";
import type { AuditedCall, BookedCall } from "../ledger/booked-call.ts";
import { isPeriod, type Period } from "../ledger/period.ts";
import type { LedgerReader } from "../stores/store.ts";

/** A broken ledger: an exit code of its own. */
export const LEDGER_BROKEN = 4;

/** A call may take ten minutes, see DEFAULT_LIMITS; one that was opened this long ago and never settled is lost. */
export const ORPHAN_AFTER_MS = 15 * 60_000;

export interface LedgerFlags {
  readonly data?: string;
  readonly ledger?: string;
}

/** Reads from the ledger that the flags and the environment name, and closes it. Rejects with a LedgerError or UsageError. */
export async function withLedger<T>(
  flags: LedgerFlags,
  read: (reader: LedgerReader, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = settingsOf(flags);
  const reader = await openLedgerReader(settings);
  try {
    return await read(reader, settings);
  } finally {
    await reader.close();
  }
}

/** Returns the settings that the flags and the environment give. Throws UsageError for a flag that makes no sense. */
export function settingsOf({ data, ledger }: LedgerFlags): Settings {
  return readSettings(
    { ...(data === undefined ? {} : { data }), ...(ledger === undefined ? {} : { ledger }) },
    process.env,
  );
}

/** A month as a user writes it; throws UsageError for anything else. */
export function readPeriod(text: string): Period {
  if (isPeriod(text)) return text;
  throw new UsageError(`a period is a month such as 2026-03, got \`${text}\``);
}

const PAGE_CALLS = 1_000;

/** All calls in ledger order, a page at a time; ends where the ledger ended when the last page was read. */
export function pagesOf(reader: LedgerReader): AsyncGenerator<readonly BookedCall[]> {
  return pages((after, limit) => reader.calls(after, limit), 0n);
}

/** The calls after `afterSeq` likewise, damaged ones among them. */
export function auditedPagesOf(
  reader: LedgerReader,
  afterSeq: bigint,
): AsyncGenerator<readonly AuditedCall[]> {
  return pages((after, limit) => reader.auditedCalls(after, limit), afterSeq);
}

async function* pages<C extends { readonly seq: bigint }>(
  read: (afterSeq: bigint, limit: number) => Promise<readonly C[]>,
  afterSeq: bigint,
): AsyncGenerator<readonly C[]> {
  let last = afterSeq;
  while (true) {
    const page = await read(last, PAGE_CALLS);
    const end = page.at(-1);
    if (end === undefined) return;
    yield page;
    last = end.seq;
  }
}
