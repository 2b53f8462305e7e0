/** `clauseway readings`: what part of a workload must be on Azure, under every regime and every reading. */

import { readPolicy } from "../app/configuration-files.ts";
import { readTraffic } from "../app/read-traffic.ts";
import { readSettings, type SettingFlags } from "../app/settings.ts";
import { DEFAULT_SCENARIO } from "../load/scenario.ts";
import { mustMatrix, weighClasses } from "../policy/azure-share.ts";
import { agreementOn } from "../policy/policy.ts";
import type { PolicySources } from "../policy/policy-sources.ts";
import { openWorkshop } from "../policy/workshop.ts";
import { formatReadings, METRICS, type Metric, type ReadingsReport } from "./text/readings-report.ts";
import { readingsAsCsv, readingsAsJson } from "./text/readings-data.ts";
import { tellFindings } from "./tell-findings.ts";
import { missingFromTraffic } from "./text/traffic-text.ts";
import { trafficSource, type TrafficFlags } from "./traffic-flags.ts";

export interface ReadingsFlags extends SettingFlags, TrafficFlags {
  readonly data?: string;
  readonly metric?: Metric;
  readonly format: "text" | "json" | "csv";
  readonly json?: boolean;
}

/** The provider that the exclusivity is about. */
const PROVIDER = "azure";

/** Prints the matrices; their size is that of the configuration. */
export async function readings(flags: ReadingsFlags): Promise<void> {
  const settings = readSettings(flags, process.env);
  const source = trafficSource(flags) ?? { kind: "scenario", file: DEFAULT_SCENARIO };
  const sources = readPolicy(settings.configDir, settings.shares);
  const traffic = await readTraffic(source, settings, sources);
  tellFindings(traffic.findings);
  const report = compose(sources, traffic, settings.contractDate);
  const metrics = flags.metric === undefined ? METRICS : [flags.metric];
  const format = flags.json === true ? "json" : flags.format;
  process.stdout.write(write(report, metrics, format));
  // The other formats have a place for it.
  const missing = format === "csv" ? missingFromTraffic(traffic) : [];
  process.stderr.write(missing.map((line) => `${line}\n`).join(""));
}

function compose(sources: PolicySources, traffic: ReadingsReport["traffic"], date: string): ReadingsReport {
  const { agreements, readings: all } = sources;
  const workshop = openWorkshop(sources);
  const policies = agreements.flatMap((agreement) =>
    all.map((reading) => workshop.policy(agreement, reading)),
  );
  const regime = agreementOn(sources, date)?.regime;
  const usual = policies.find(
    ({ agreement }) => agreement.regime === regime && agreement.readingId === "default",
  );
  return {
    traffic,
    date,
    regimes: agreements.map((agreement) => agreement.regime),
    readings: all.map(({ id }) => id),
    matrix: mustMatrix(policies, traffic.calls, PROVIDER),
    classes: usual === undefined ? [] : weighClasses(usual, traffic.calls),
  };
}

function write(report: ReadingsReport, metrics: readonly Metric[], format: ReadingsFlags["format"]): string {
  switch (format) {
    case "text":
      return formatReadings(report, metrics);
    case "json":
      return readingsAsJson(report, metrics);
    case "csv":
      return readingsAsCsv(report, metrics);
  }
}
