/** `clauseway reconcile`: the ledger against the clouds' own meters, call by call, and every call against its decision. */

import { readCredentials } from "../app/credentials.ts";
import { readConfiguration } from "../app/load-world.ts";
import { openLedgerReader } from "../app/open-ledger.ts";
import { readSettings, UsageError, type SettingFlags, type Settings } from "../app/settings.ts";
import { reconCallOf, type ReconCall } from "../ledger/reconcile/recon-call.ts";
import { reconcile, type Reconciliation } from "../ledger/reconcile/reconcile.ts";
import type { MeterRow } from "../ledger/reconcile/meter-row.ts";
import { pagesOf, readPeriod } from "./ledger-reading.ts";
import { createAllowedFor } from "./reconcile/allowed-for.ts";
import { createPriceOf } from "./reconcile/price-of.ts";
import { fetchMeter, readMeterFile, type MeterAccess } from "./reconcile/read-meters.ts";
import { tellFindings } from "./tell-findings.ts";
import { formatReconciliation, reconciliationJson } from "./text/reconciliation.ts";

export interface ReconcileFlags extends SettingFlags {
  readonly meter?: readonly string[];
  readonly period?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** A call was served where its decision did not allow. */
const VIOLATED = 5;
/** With `--strict`: the books differ, or it cannot be told of every call where it might be, though none is known to be misplaced. */
const DIFFERENT = 99;

const CLOUDS = ["azure", "aws", "stargate"] as const;

/**
 * Resolves with the exit code: 5 when a call was served where its decision did not allow, by the ledger's word or a meter's;
 * 0 otherwise, also when the books differ or calls could not be decided anew, which is warned of; with `--strict` that is 99.
 */
export async function reconcileLedger({
  meter,
  period,
  strict,
  json,
  ...flags
}: ReconcileFlags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const month = period === undefined ? null : readPeriod(period);
  const { world, findings } = readConfiguration(settings);
  tellFindings(findings);
  // Meters after the ledger: a call is counted before it is settled, so none seems missing for being under way.
  const calls = await readCalls(settings);
  const rows = await readAllMeters(meter ?? [], settings);
  const result = reconcile({
    calls,
    rows,
    period: month,
    priceOf: createPriceOf(world),
    allowedFor: createAllowedFor(settings.configDir, world),
  });
  process.stdout.write(
    json === true ? reconciliationJson(result, month) : formatReconciliation(result, month),
  );
  return exitCodeFor(result, strict === true);
}

function exitCodeFor({ violations, breaks, notVerifiable }: Reconciliation, strict: boolean): number {
  if (violations.length > 0) return VIOLATED;
  const found = [
    ...(breaks.length === 0 ? [] : ["the ledger and the meters differ"]),
    ...(notVerifiable.length === 0 ? [] : ["of some calls it cannot be told where they might run"]),
  ];
  if (found.length === 0) return 0;
  process.stderr.write(`clauseway: ${found.join(", and ")}, see above (exit 99 with --strict)\n`);
  return strict ? DIFFERENT : 0;
}

async function readCalls(settings: Settings): Promise<readonly ReconCall[]> {
  const reader = await openLedgerReader(settings);
  try {
    const calls: ReconCall[] = [];
    for await (const page of pagesOf(reader)) calls.push(...page.map(reconCallOf));
    return calls;
  } finally {
    await reader.close();
  }
}

/** The meters that are named; else those of the three clouds, where the settings say that they are. */
async function readAllMeters(named: readonly string[], settings: Settings): Promise<readonly MeterRow[]> {
  const meters =
    named.length === 0 ? usualMeters(settings) : named.flatMap((each) => meterOf(each, settings) ?? []);
  const files = named.filter((each) => meterOf(each, settings) === null);
  const fetched = await Promise.all(meters.map(fetchMeter));
  return [...fetched, ...files.map(readMeterFile)].flat();
}

function usualMeters({ host, ports, urls }: Settings): readonly MeterAccess[] {
  const credentials = readCredentials(process.env);
  return CLOUDS.map((provider) => ({
    provider,
    url: withoutSlash(urls[provider] ?? `http://${host}:${ports[provider]}`),
    key: credentials.cloudDirectKey(provider),
  }));
}

/**
 * `http://host:port` of a cloud as it is configured, or `aws=http://host:port` wherever it is; null for what is no URL, and so a
 * file. Throws UsageError for a URL that no cloud has.
 */
function meterOf(text: string, settings: Settings): MeterAccess | null {
  const [, name, url] = /^(?:([a-z][a-z0-9-]*)=)?(https?:\/\/.+)$/.exec(text) ?? [];
  if (url === undefined) return null;
  const usual = usualMeters(settings);
  const known = usual.find((meter) =>
    name === undefined ? isSameOrigin(meter.url, url) : meter.provider === name,
  );
  if (known !== undefined) return name === undefined ? known : { ...known, url: withoutSlash(url) };
  const places = usual.map((meter) => `${meter.provider} at ${meter.url}`).join(", ");
  throw new UsageError(
    `\`${text}\` is no cloud that is configured (${places}); name it, as in --meter aws=http://127.0.0.1:9002, or give a file of saved rows`,
  );
}

function isSameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
