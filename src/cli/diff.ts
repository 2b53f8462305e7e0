/** `clauseway diff`: what changes from one agreement and reading to another, by cells and by traffic. */

import { readPolicy } from "../app/configuration-files.ts";
import { readSide, type Side } from "../app/read-side.ts";
import { readTraffic } from "../app/read-traffic.ts";
import { readSettings, UsageError, type SettingFlags } from "../app/settings.ts";
import { diffPolicies, rowsWithNewProviders } from "../policy/diff/diff-policies.ts";
import { weighDiff } from "../policy/diff/weigh-diff.ts";
import { wordOfOneSide, wordsOfPolicy, wordsOfSources } from "../policy/diff/whether-comparable.ts";
import type { PolicySources } from "../policy/policy-sources.ts";
import { diffAsJson } from "./text/diff-data.ts";
import { formatDiff } from "./text/diff-report.ts";
import { tellFindings } from "./tell-findings.ts";
import { trafficSource, type TrafficFlags } from "./traffic-flags.ts";

export interface DiffFlags extends SettingFlags, TrafficFlags {
  readonly data?: string;
  /** False for `--no-new-providers`: there must be none. */
  readonly newProviders: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

const NEW_PROVIDERS = 6;

/** Returns the exit code: 0, or 6 where there must be no new providers and there is one. */
export async function diff(before: string, after: string, flags: DiffFlags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const { configDir, reading, shares, contractDate: date } = settings;
  const source = trafficSource(flags);
  const sources = readPolicy(configDir, shares);
  const [left, right] = [before, after].map((side) =>
    readSide(side, sources, { configDir, reading, shares, date }),
  );
  if (left === undefined || right === undefined) throw new RangeError("a comparison has two sides");
  checkSameCalls(left, right);
  if (source !== null) checkTraffic(left, sources, configDir);
  const traffic = source === null ? null : await readTraffic(source, settings, sources);
  tellFindings(traffic?.findings ?? []);
  const found = diffPolicies(left.policy, right.policy);
  const report = {
    sides: [left, right] as const,
    diff: found,
    traffic: traffic && { ...traffic, weights: weighDiff(found, traffic.calls) },
    gate: flags.newProviders ? null : { violated: rowsWithNewProviders(found).length > 0 },
  };
  process.stdout.write(flags.json === true ? diffAsJson(report) : formatDiff(report, flags.all === true));
  return report.gate?.violated === true ? NEW_PROVIDERS : 0;
}

/** Throws UsageError for sides that speak about different calls, which no row could show. */
function checkSameCalls(before: Side, after: Side): void {
  const word = wordOfOneSide(wordsOfPolicy(before.policy), wordsOfPolicy(after.policy));
  if (word === null) return;
  throw new UsageError(
    `${before.name} and ${after.name} speak about different calls: only one of them has ${word}; give both the same axes and values`,
  );
}

/** Calls are described in the words of `--config`; throws UsageError where the sides do not know them. */
function checkTraffic(side: Side, sources: PolicySources, configDir: string): void {
  const word = wordOfOneSide(wordsOfPolicy(side.policy), wordsOfSources(sources));
  if (word === null) return;
  throw new UsageError(
    `cannot weigh by calls that ${configDir} describes: only it or ${side.name} has ${word}; give the folder of one side by --config`,
  );
}
