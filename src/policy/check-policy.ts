/** Every gate over every regime and reading: the findings, the laundering table and, when asked, the mutation score. */

import type { CheckedTable } from "../agreement/verify/checked-table.ts";
import { checkIncludes } from "../agreement/verify/clause-weight.ts";
import { idleExceptions } from "../agreement/verify/idle-exceptions.ts";
import { findHoles } from "../agreement/verify/holes.ts";
import { checkPromises } from "../agreement/verify/properties-hold.ts";
import { checkTiling } from "../agreement/verify/tiling.ts";
import { checkUnasked } from "../agreement/verify/unasked.ts";
import { checkClassification } from "../classification/verify/verify.ts";
import { accept } from "../decision-table/finding.ts";
import type { Finding } from "../decision-table/findings.ts";
import { judgeClauses, type MutationScore } from "./judge-clauses.ts";
import { findLaundering, type Laundering } from "./laundering.ts";
import type { Policy } from "./policy.ts";
import type { PolicySources } from "./policy-sources.ts";
import { variantsOf } from "./variants.ts";
import { idleAcceptances, idleWidenings } from "./idle-acceptances.ts";
import { checkPreset } from "./check-preset.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";
import { wordLaundering } from "./word-laundering.ts";

export type { MutationScore };

export interface CheckedPolicy {
  readonly policy: Policy;
  readonly table: CheckedTable;
}

export interface CheckResult {
  /** The named readings under every regime: regimes in the order of their dates, each under the readings in their order. */
  readonly checked: readonly CheckedPolicy[];
  /** Tables that were looked at besides: a named reading with one knob set otherwise. */
  readonly variants: readonly CheckedTable[];
  /** Errors first, then by code and place. */
  readonly findings: readonly Finding[];
  /** Of the named readings. */
  readonly laundering: readonly Laundering[];
  /** Share presets, each put into every regime that was checked. */
  readonly presets: readonly string[];
  /** Null unless asked for. */
  readonly mutation: MutationScore | null;
}

/** Checks all regimes under all readings and their variants, and every share preset in every regime. Throws ConfigError for what does not even compile. */
export function checkPolicy(
  sources: PolicySources,
  { mutate = false, regime }: { readonly mutate?: boolean; readonly regime?: string | undefined } = {},
): CheckResult {
  const workshop = openWorkshop(sources);
  const agreements = sources.agreements.filter((each) => each.regime === (regime ?? each.regime));
  const [first] = sources.readings;
  const regimes = agreements.map((agreement) => {
    const named = sources.readings.map((reading) => checkedPolicy(workshop, agreement, reading));
    const others = first === undefined ? [] : variantsOf(first, agreement, sources.classification);
    const variants = others.map((reading) => workshop.table(agreement, reading));
    const classifiers = others.map((reading) => workshop.classifier(agreement, reading));
    return { agreement, named, variants, classifiers };
  });
  const checked = regimes.flatMap(({ named }) => named);
  const variants = regimes.flatMap((each) => each.variants);
  const tables = [...checked.map(({ table }) => table), ...variants];
  const classifiers = [
    ...checked.map(({ policy }) => policy.classifier),
    ...regimes.flatMap((each) => each.classifiers),
  ];
  const widened = checked.map(({ table, policy }) => ({
    reading: table.compiled.reading,
    rows: findLaundering(table, policy.classifier),
  }));
  const laundering = widened.flatMap(({ rows }) => rows);
  const judged = regimes.map(({ agreement, named, variants: others }) =>
    judgeClauses(agreement, [...named.map(({ table }) => table), ...others], {
      workshop,
      properties: sources.properties,
      mutate,
    }),
  );
  const findings = [
    ...checkTiling(sources.agreements),
    ...checkClassification(sources.classification, classifiers, { complete: true }),
    ...tables.flatMap((table) => checkTable(table, workshop, sources)),
    ...wordLaundering(laundering, sources),
    ...judged.flatMap((each) => each.findings),
    ...sources.presets.flatMap((preset) => checkPreset(preset, sources, agreements)),
    ...(regime === undefined ? checkOfAll(sources, { tables, widened, workshop }) : []),
  ];
  findings.push(...idleAcceptances(agreements, findings, { mutate }));
  const scores = judged.map(({ score }) => score);
  return {
    checked,
    variants,
    findings: tidy(findings, sources),
    laundering,
    presets: sources.presets.map(({ id }) => id),
    mutation: mutate ? addScores(scores) : null,
  };
}

/** The errors of one regime under one reading: all that may stop a server, without what only all readings together can tell. */
export function checkOnePolicy(
  sources: PolicySources,
  { regime, reading }: { readonly regime: string; readonly reading: string },
): CheckedPolicy & { readonly findings: readonly Finding[] } {
  const agreement = sources.agreements.find((each) => each.regime === regime);
  const chosen = sources.readings.find(({ id }) => id === reading);
  if (agreement === undefined || chosen === undefined) throw new RangeError(`no ${regime} x ${reading}`);
  const workshop = openWorkshop(sources);
  const checked = checkedPolicy(workshop, agreement, chosen);
  const { classifier } = checked.policy;
  const findings = [
    ...checkTiling(sources.agreements),
    ...checkClassification(sources.classification, [classifier], { complete: false }),
    ...checkTable(checked.table, workshop, sources),
    ...checkIncludes(checked.table),
    ...wordLaundering(findLaundering(checked.table, classifier), sources),
  ];
  return { ...checked, findings: tidy(findings, sources) };
}

function checkedPolicy(
  workshop: Workshop,
  agreement: Parameters<Workshop["policy"]>[0],
  reading: Parameters<Workshop["policy"]>[1],
): CheckedPolicy {
  return { policy: workshop.policy(agreement, reading), table: workshop.table(agreement, reading) };
}

function checkTable(
  table: CheckedTable,
  workshop: Workshop,
  { properties }: PolicySources,
): readonly Finding[] {
  return [...findHoles(table), ...checkPromises(table, properties, workshop.around(table))];
}

/** What single regimes cannot tell: one may need what another has no use for. */
function checkOfAll(
  { properties, agreements }: PolicySources,
  all: {
    readonly tables: readonly CheckedTable[];
    readonly widened: Parameters<typeof idleWidenings>[0];
    readonly workshop: Workshop;
  },
): readonly Finding[] {
  const { tables, widened, workshop } = all;
  // Where a share preset is in force, properties are not asked about money, which some exceptions are about.
  const whole = agreements.every(({ shares }) => shares === null);
  return [
    ...checkUnasked(properties, tables, workshop.around),
    ...idleWidenings(widened),
    ...(whole ? idleExceptions(properties, tables, workshop.around) : []),
  ];
}

function addScores(scores: readonly MutationScore[]): MutationScore {
  const sum = (part: keyof MutationScore): number => scores.reduce((total, each) => total + each[part], 0);
  return {
    mutants: sum("mutants"),
    killed: sum("killed"),
    equivalent: sum("equivalent"),
    survived: sum("survived"),
  };
}

/** The same finding in several tables once, accepted ones marked, in order. */
function tidy(findings: readonly Finding[], { agreements }: PolicySources): readonly Finding[] {
  const merged = new Map<string, Finding>();
  for (const each of findings) {
    const { code, file, line, column, subject, message, accepted } = each;
    const key = [code, file, line, column, subject, message, accepted].join("\n");
    const known = merged.get(key);
    const tables = [...new Set([...(known?.tables ?? []), ...each.tables])];
    merged.set(key, { ...(known ?? each), tables });
  }
  return [...merged.values()]
    .map((each) => {
      const own = agreements.find(({ file }) => file === each.file);
      return own === undefined ? each : (accept([each], own.value.accepted)[0] ?? each);
    })
    .sort(byWeight);
}

function byWeight(a: Finding, b: Finding): number {
  if (a.severity !== b.severity) return a.severity === "error" ? -1 : 1;
  if (a.code !== b.code) return a.code < b.code ? -1 : 1;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
