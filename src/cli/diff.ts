/** `clauseway diff`: what changes from one agreement and reading to another, by cells and by traffic. */

import { readPolicy } from "../app/configuration-files.ts";
import { readSide } from "../app/read-side.ts";
import { readTraffic } from "../app/read-traffic.ts";
import { readSettings, type SettingFlags } from "../app/settings.ts";
import { diffPolicies, rowsWithNewProviders } from "../policy/diff/diff-policies.ts";
import { weighDiff } from "../policy/diff/weigh-diff.ts";
import { diffAsJson } from "./text/diff-data.ts";
import { formatDiff } from "./text/diff-report.ts";
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
  const { configDir, reading, contractDate: date } = settings;
  const source = trafficSource(flags);
  const sources = readPolicy(configDir, settings.shares);
  const [left, right] = [before, after].map((side) => readSide(side, sources, { configDir, reading, date }));
  if (left === undefined || right === undefined) throw new RangeError("a comparison has two sides");
  const traffic = source === null ? null : await readTraffic(source, settings, sources);
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
