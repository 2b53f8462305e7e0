/** What `clauseway check` prints: the tables, the findings with their cells, the laundering table, the score. */

import { formatCube, type Cover } from "../../decision-table/cubes.ts";
import { FINDING_KINDS, isBlocking, type Finding } from "../../decision-table/findings.ts";
import type { CheckResult, MutationScore } from "../../policy/check-policy.ts";
import type { Laundering } from "../../policy/laundering.ts";
import type { PolicySources } from "../../policy/policy-sources.ts";
import { columns, counted, grouped } from "./columns.ts";
import { percent } from "./percent.ts";

/** Of each kind in a section: more of them have one cause, and nobody reads on. */
const FINDINGS_SHOWN = 40;
const CUBES_SHOWN = 6;
const TABLES_SHOWN = 3;

/** The report as text, ending with the verdict and a newline. */
export function formatCheck(result: CheckResult, sources: PolicySources): string {
  const errors = result.findings.filter(isBlocking);
  const accepted = result.findings.filter((each) => each.accepted !== null && each.code !== "CT007");
  const warnings = result.findings.filter((each) => !isBlocking(each) && each.accepted === null);
  const parts = [
    formatTables(result, sources),
    formatPromises(sources),
    ...formatPresets(result, sources),
    ...section("errors", errors),
    ...section("warnings", warnings),
    ...section("accepted", accepted),
    formatLaundering(result.laundering, result.checked.length),
    ...(result.mutation === null ? [] : [formatMutation(result.mutation)]),
    formatVerdict(errors.length, warnings.length, accepted.length),
  ];
  return `${parts.join("\n\n")}\n`;
}

function formatTables({ checked, variants }: CheckResult, { agreements, readings }: PolicySources): string {
  const [first] = checked;
  const cells = first === undefined ? 0 : first.policy.agreement.cellCount;
  const head = `${counted(agreements.length, "regime")} x ${counted(readings.length, "reading")}, ${counted(checked.length, "table")} of ${grouped(cells)} cells, every cell checked; so were ${variants.length} with one knob of \`${readings[0]?.id ?? ""}\` set otherwise`;
  const rows = checked.map(({ policy: { agreement, digest } }) => {
    const { from, to } = agreement.effective;
    return [
      agreement.regime,
      `${from} to ${to ?? "open"}`,
      agreement.readingId,
      String(agreement.rules.length),
      digest.slice(0, 12),
    ];
  });
  return `${head}\n\n${columns([["regime", "in force", "reading", "clauses", "digest"], ...rows], [3])}`;
}

function formatPromises({ properties, agreements, classification }: PolicySources): string {
  const examples = agreements.reduce((sum, { value }) => sum + value.examples.length, 0);
  const own = classification.value;
  return `${counted(properties.bound.length, "property").replace("propertys", "properties")} and ${counted(examples, "example")} of the agreements, ${own.properties.length} and ${own.examples.length} of the classification`;
}

function formatPresets({ presets }: CheckResult, { agreements }: PolicySources): readonly string[] {
  const inForce = agreements[0]?.shares ?? null;
  const swapped =
    inForce === null
      ? []
      : [`money clauses of the share preset ${inForce.id} in place of those of every regime`];
  if (presets.length === 0) return swapped;
  const tried = `${counted(presets.length, "share preset")} (${presets.join(", ")}), put into every regime`;
  return [...swapped, tried];
}

function section(title: string, findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) return [];
  const kinds = Map.groupBy(findings, ({ code }) => code);
  const lines = [...kinds].flatMap(([code, all]) => {
    const more = all.length - FINDINGS_SHOWN;
    const rest = more > 0 ? [`${code} and ${grouped(more)} more of this kind; --json lists them all`] : [];
    return [...all.slice(0, FINDINGS_SHOWN).map(formatFinding), ...rest];
  });
  return [`${title} (${grouped(findings.length)})\n${lines.join("\n")}`];
}

function formatFinding(each: Finding): string {
  const { code, file, line, column, message, remedy, tables, accepted } = each;
  const lines = [
    `${code} ${FINDING_KINDS[code].title}  ${file}:${line}:${column}`,
    `  ${message}`,
    ...formatCover(each.cover, each.cellCount).map((text) => `  cells   ${text}`),
    `  tables  ${listed(tables)}`,
    accepted === null ? `  mend    ${remedy}` : `  accepted because ${accepted}`,
  ];
  return lines.join("\n");
}

function formatCover({ cubes, cellsLeft }: Cover, cellCount: number): readonly string[] {
  if (cubes.length === 0) return [];
  const shown = cubes.slice(0, CUBES_SHOWN).map(formatCube);
  const more = cubes.length - shown.length;
  const rest = more > 0 || cellsLeft > 0 ? [`and ${more} more cubes`] : [];
  return [...shown, ...rest, `${grouped(cellCount)} in all`];
}

function listed(tables: readonly string[]): string {
  const shown = tables.slice(0, TABLES_SHOWN).join(", ");
  const more = tables.length - TABLES_SHOWN;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** One row for each change of one fact that the caller controls, whatever the tables in which it widens. */
function formatLaundering(laundering: readonly Laundering[], tableCount: number): string {
  const title = "what the caller alone can widen";
  if (laundering.length === 0) return `${title}: nothing`;
  const rows = new Map<string, { row: Laundering; tables: readonly string[] }>();
  for (const row of laundering) {
    const key = JSON.stringify([row.axis, row.from, row.to, row.moves, row.gains, row.accepted]);
    rows.set(key, { row, tables: [...(rows.get(key)?.tables ?? []), row.table] });
  }
  const cells = [...rows.values()].map(({ row, tables }) => [
    `${row.axis}: ${row.from.join("|")} -> ${row.to.join("|")}`,
    row.moves === null ? "" : `${row.moves.from} -> ${row.moves.to}`,
    row.gains.join(", "),
    tables.length > 1 ? `${tables.length} of ${tableCount} tables` : (tables[0] ?? ""),
    row.accepted ?? "NOT ACCEPTED",
  ]);
  return `${title}\n${columns([["fact", "class", "opens", "where", "accepted because"], ...cells])}`;
}

function formatMutation({ mutants, killed, equivalent, survived }: MutationScore): string {
  const counting = killed + survived;
  const score = counting === 0 ? "none counts" : `score ${percent(killed, counting)}`;
  return `${counted(mutants, "mutant")}: ${grouped(killed)} killed, ${grouped(survived)} survived, ${grouped(equivalent)} equivalent; ${score}`;
}

function formatVerdict(errors: number, warnings: number, accepted: number): string {
  return `${counted(errors, "error")}, ${counted(warnings, "warning")}, ${accepted} accepted`;
}
