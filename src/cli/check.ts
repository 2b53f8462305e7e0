/** `clauseway check`: every gate over every regime and reading. */

import { readPolicy } from "../app/configuration-files.ts";
import { readSettings, UsageError, type SettingFlags } from "../app/settings.ts";
import { isBlocking } from "../decision-table/findings.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import { checkPolicy, type CheckResult } from "../policy/check-policy.ts";
import type { PolicySources } from "../policy/policy-sources.ts";
import { formatCheck } from "./text/check-report.ts";

export interface CheckFlags {
  readonly config?: string;
  readonly json?: boolean;
  readonly mutate?: boolean;
  readonly strictBasis?: boolean;
  readonly regime?: string;
  readonly shares?: string;
}

/** Returns the exit code: 0, or 3 for errors, with `--mutate` also for survivors, with `--strict-basis` for assumed clauses. */
export function check(flags: CheckFlags): number {
  const { configDir, shares } = readSettings(settingsOf(flags), process.env);
  const sources = readPolicy(configDir, shares);
  checkRegime(sources, flags.regime);
  const result = checkPolicy(sources, { mutate: flags.mutate === true, regime: flags.regime });
  const assumed = flags.strictBasis === true ? assumedClauses(sources) : [];
  if (flags.json === true) process.stdout.write(`${JSON.stringify(asJson(result, assumed), null, 2)}\n`);
  else process.stdout.write(`${formatCheck(result, sources)}${assumed.map((each) => `${each}\n`).join("")}`);
  const failed =
    result.findings.some(isBlocking) || (result.mutation?.survived ?? 0) > 0 || assumed.length > 0;
  return failed ? 3 : 0;
}

function settingsOf({ config, shares }: CheckFlags): SettingFlags {
  return { ...(config === undefined ? {} : { config }), ...(shares === undefined ? {} : { shares }) };
}

function checkRegime({ agreements }: PolicySources, regime: string | undefined): void {
  const known = agreements.map((each) => each.regime);
  if (regime === undefined || known.includes(regime)) return;
  throw new UsageError(`unknown regime \`${regime}\`${didYouMean(regime, known)}`);
}

function assumedClauses({ agreements }: PolicySources): readonly string[] {
  return agreements.flatMap((agreement) =>
    agreement.value.clauses.flatMap(({ id, basis, text }, index) => {
      if (basis !== "assumed") return [];
      const { file = agreement.file, line, column } = agreement.locate(["clauses", index]);
      return [`assumed: ${file}:${line}:${column} ${id} "${text}"`];
    }),
  );
}

function asJson(result: CheckResult, assumed: readonly string[]): unknown {
  return {
    tables: result.checked.map(({ policy, table }) => ({
      regime: policy.agreement.regime,
      reading: policy.agreement.readingId,
      cells: policy.agreement.cellCount,
      mergedCells: table.reduced.space.size,
      rules: policy.agreement.rules.length,
      digest: policy.digest,
    })),
    variants: result.variants.map(({ name }) => name),
    presets: result.presets,
    findings: result.findings,
    laundering: result.laundering,
    mutation: result.mutation,
    assumed,
  };
}
