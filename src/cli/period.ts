/** `clauseway period`: the months of the ledger, what closing one would fix, and closing it. */

import { request } from "undici";
import { z } from "zod";
import { openLedger } from "../app/open-ledger.ts";
import { UsageError } from "../app/settings.ts";
import { formatUsd } from "../domain/units.ts";
import type { Period } from "../ledger/period.ts";
import { closingReport, type ClosingReport } from "../ledger/statement/closing-report.ts";
import { LedgerError } from "../stores/ledger-error.ts";
import { readPeriod, settingsOf, withLedger, type LedgerFlags } from "./ledger-reading.ts";
import { viewMonth } from "./month-view.ts";
import { columns, grouped } from "./text/columns.ts";
import { usdText } from "./text/statement-money.ts";

export interface PeriodFlags extends LedgerFlags {
  readonly json?: boolean;
}

export interface PeriodCloseFlags extends PeriodFlags {
  readonly admin?: string;
}

/** Prints every month that holds calls or is closed. */
export async function listPeriods(flags: PeriodFlags): Promise<void> {
  const months = await withLedger(flags, (reader) => reader.periods());
  if (flags.json === true) {
    const rows = months.map(({ cutoffSeq, ...month }) => ({
      ...month,
      cutoffSeq: cutoffSeq === null ? null : `${cutoffSeq}`,
      grossPicoUsd: `${month.grossPicoUsd}`,
    }));
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  if (months.length === 0) {
    process.stdout.write("no calls settled yet\n");
    return;
  }
  const rows = months.map(({ period, status, calls, grossPicoUsd, closedAtMs, manifestSha256 }) => [
    period,
    status,
    grouped(calls),
    formatUsd(grossPicoUsd),
    closedAtMs === null ? "" : new Date(closedAtMs).toISOString().slice(0, 19),
    manifestSha256 === null ? "" : manifestSha256.slice(0, 16),
  ]);
  const heading = ["month", "status", "calls", "gross USD", "closed at (UTC)", "manifest"];
  process.stdout.write(`${columns([heading, ...rows], [2, 3])}\n`);
}

/** Prints what closing the month now would fix; of a closed month what was fixed. Resolves with 0, or 4 for a broken month. */
export async function previewPeriod(text: string, flags: PeriodFlags): Promise<number> {
  const period = readPeriod(text);
  return withLedger(flags, async (reader) => {
    const { output, exitCode, problem } = await viewMonth(
      reader,
      period,
      flags.json === true ? "json" : "text",
    );
    process.stdout.write(output);
    if (problem !== null) process.stderr.write(`clauseway: ${problem}\n`);
    return exitCode;
  });
}

/**
 * Closes the month for good: in the ledger itself, or through the gateway that writes it, which is asked where one holds the
 * ledger or `--admin` names one. Rejects with a LedgerError, or UsageError for a gateway that cannot be asked.
 */
export async function closePeriodNow(text: string, flags: PeriodCloseFlags): Promise<void> {
  const period = readPeriod(text);
  const report = await closeSomewhere(period, flags);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else process.stdout.write(closedText(report));
}

async function closeSomewhere(period: Period, flags: PeriodCloseFlags): Promise<ClosingReport> {
  if (flags.admin !== undefined) return askGateway(flags.admin, period);
  const { host, ports } = settingsOf(flags);
  // There must be a ledger already: opening one to write would make it.
  await withLedger(flags, async () => undefined);
  try {
    return await closeHere(period, flags);
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== "LEDGER_LOCKED") throw error;
    return askGateway(`http://${host}:${ports.admin}`, period);
  }
}

async function closeHere(period: Period, flags: LedgerFlags): Promise<ClosingReport> {
  const store = await openLedger(settingsOf(flags), {});
  try {
    return closingReport(await store.closePeriod(period, Date.now()));
  } finally {
    await store.close();
  }
}

const pairSchema = z.object({
  flow: z.enum(["share", "hosting"]),
  payer: z.string(),
  payee: z.string(),
  amountPicoUsd: z.string().regex(/^-?\d+$/),
});
const reportSchema = z.object({
  period: z.string(),
  manifestSha256: z.string(),
  closedAtMs: z.number(),
  cutoffSeq: z.string(),
  settled: z.array(pairSchema),
  carried: z.array(pairSchema),
});
const refusalSchema = z.object({ message: z.string() });

async function askGateway(url: string, period: Period): Promise<ClosingReport> {
  const endpoint = endpointOf(url, period);
  const answer = await post(endpoint);
  if (answer.status === 200) {
    const report = reportSchema.safeParse(answer.body);
    if (report.success) return report.data;
  }
  const refusal = refusalSchema.safeParse(answer.body);
  throw new UsageError(
    refusal.success
      ? `the gateway did not close ${period}: ${refusal.data.message}`
      : `${endpoint} answered with status ${answer.status} and not as a gateway does; name its admin listener with --admin`,
  );
}

function endpointOf(url: string, period: Period): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) {
    return `${url.replace(/\/+$/, "")}/periods/${period}/close`;
  }
  throw new UsageError(`--admin must be a URL such as http://127.0.0.1:8081, got \`${url}\``);
}

async function post(endpoint: string): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    const answer = await request(endpoint, { method: "POST" });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: parseJson(text) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new UsageError(
      `cannot ask the gateway at ${endpoint} (${code}): it holds the ledger, so it has to close the month; name its admin listener with --admin`,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function closedText({ period, manifestSha256, settled, carried }: ClosingReport): string {
  const table = [...pairRows("to be paid", settled), ...pairRows("carried on", carried)];
  return [
    `closed ${period} for good (simulated), manifest ${manifestSha256}`,
    ...(table.length === 0 ? ["  nobody owes anybody anything"] : [columns(table, [3])]),
    `see clauseway statement --period ${period}`,
    "",
  ].join("\n");
}

function pairRows(kind: string, pairs: ClosingReport["settled"]): readonly (readonly string[])[] {
  return pairs.map(({ flow, payer, payee, amountPicoUsd }) => [
    `  ${kind}`,
    flow === "share" ? "shares" : "hosting",
    `${payer} to ${payee}`,
    `${usdText(BigInt(amountPicoUsd))} USD`,
  ]);
}
