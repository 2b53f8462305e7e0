/** `clauseway ledger export`: every call and every close, for programs that keep books and for spreadsheets. */

import type { BookedCall } from "../ledger/booked-call.ts";
import { canonicalJson } from "../ledger/canonical-json.ts";
import { createBeancountWriter } from "../ledger/journal/beancount.ts";
import { entriesOfCall, entriesOfClosing, remarkOfCall } from "../ledger/journal/entry.ts";
import { createHledgerWriter } from "../ledger/journal/hledger.ts";
import type { JournalWriter } from "../ledger/journal/journal-writer.ts";
import type { PeriodClosing } from "../ledger/period-book.ts";
import type { Period } from "../ledger/period.ts";
import { STATEMENT_NOTE } from "../ledger/statement/month-statement.ts";
import type { LedgerReader } from "../stores/store.ts";
import { pagesOf, readPeriod, withLedger, type LedgerFlags } from "./ledger-reading.ts";
import { writeParts } from "./output.ts";
import { callsCsvHeader, callCsv } from "./text/calls-csv.ts";

export const EXPORT_FORMATS = ["beancount", "hledger", "csv", "jsonl"] as const;
type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface LedgerExportFlags extends LedgerFlags {
  readonly format: ExportFormat;
  readonly period?: string;
  readonly out?: string;
}

/**
 * Writes calls in ledger order, in journals followed by what closes posted; with a month those that are booked in it. Reads
 * page by page, so that a ledger of any size fits.
 */
export async function exportLedger(flags: LedgerExportFlags): Promise<void> {
  const period = flags.period === undefined ? null : readPeriod(flags.period);
  await withLedger(flags, (reader) => writeParts(partsOf(reader, flags.format, period), flags.out ?? null));
}

function partsOf(reader: LedgerReader, format: ExportFormat, period: Period | null): AsyncGenerator<string> {
  switch (format) {
    case "beancount":
      return journalParts(reader, createBeancountWriter(), period);
    case "hledger":
      return journalParts(reader, createHledgerWriter(), period);
    case "csv":
      return rowParts(reader, period, { head: callsCsvHeader(), row: callCsv });
    case "jsonl":
      return rowParts(reader, period, { head: "", row: (call) => `${canonicalJson(call)}\n` });
  }
}

async function* journalParts(
  reader: LedgerReader,
  writer: JournalWriter,
  period: Period | null,
): AsyncGenerator<string> {
  yield writer.head(STATEMENT_NOTE);
  // Closes first: one that comes while calls are written would post for calls that are not in the journal.
  const closings = await closingsOf(reader, period);
  for await (const page of pagesOf(reader)) {
    yield inPeriod(page, period)
      .map((call) => {
        const remark = remarkOfCall(call);
        const entries = entriesOfCall(call).map(writer.entry);
        return [...(remark === null ? [] : [writer.remark(remark)]), ...entries].join("");
      })
      .join("");
  }
  for (const closing of closings) yield entriesOfClosing(closing).map(writer.entry).join("");
  yield writer.tail();
}

async function* rowParts(
  reader: LedgerReader,
  period: Period | null,
  { head, row }: { readonly head: string; readonly row: (call: BookedCall) => string },
): AsyncGenerator<string> {
  yield head;
  for await (const page of pagesOf(reader)) yield inPeriod(page, period).map(row).join("");
}

async function closingsOf(reader: LedgerReader, period: Period | null): Promise<readonly PeriodClosing[]> {
  const closings: PeriodClosing[] = [];
  for (const month of await reader.periods()) {
    if (month.status === "open" || (period !== null && month.period !== period)) continue;
    const { closing } = await reader.periodBook(month.period);
    if (closing !== null) closings.push(closing);
  }
  return closings;
}

function inPeriod(page: readonly BookedCall[], period: Period | null): readonly BookedCall[] {
  return period === null ? page : page.filter((call) => call.period === period);
}
