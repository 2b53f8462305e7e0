/** What `clauseway explain` prints: the call, then section by section why it is decided as it is. */

import { relative } from "node:path";
import type { Cube } from "../../decision-table/cubes.ts";
import type { CitedClause, CitedRule } from "../../policy/explain/cited.ts";
import type { ClassExplanation } from "../../policy/explain/explain-class.ts";
import type { Explanation } from "../../policy/explain/explain.ts";
import type { Alternative, Flip, Flips } from "../../policy/explain/flips.ts";
import type { Matters, Rest } from "../../policy/explain/matters.ts";
import type { Nearest } from "../../policy/explain/nearest.ts";
import type { Rejection } from "../../policy/explain/rejected.ts";
import type { Revenue } from "../../policy/explain/revenue.ts";
import type { ExplainReport, Terms } from "../explain/report.ts";
import { hostsText, listed, splitText } from "./answers.ts";
import { counted, grouped } from "./columns.ts";
import { formatCall } from "./explained-call.ts";
import { limitText, moneyText } from "./money-text.ts";
import { section, table, wrapped } from "./sections.ts";

/** The report as text, ending with a newline. Files are named as seen from `folder`, where they are inside it. */
export function formatExplanation(report: ExplainReport, folder: string): string {
  const { terms, explanation } = report;
  const sections = [...formatCall(report)];
  if (explanation !== null) sections.push(...formatDecision(explanation, terms, folder));
  else sections.push(section("TERMS", termsLines(terms)));
  return `${sections.join("\n\n")}\n`;
}

function formatDecision(explanation: Explanation, terms: Terms, folder: string): readonly string[] {
  const { ruling, because, matters, rejected, revenue, nearest, flips, classification } = explanation;
  const sections: (readonly [string, readonly string[]])[] = [
    ["CLASS", classification === null ? [] : classLines(classification, folder)],
    [
      "DECISION",
      [...wrapped(decisionText(explanation, terms), { hang: 2 }), ...termsLines(terms, explanation.cell)],
    ],
    ["BECAUSE", because.flatMap((clause) => clauseLines(clause, folder))],
    ["MATTERS", matters === null ? [] : mattersLines(matters)],
    ["IRRELEVANT", matters === null ? [] : wrapped(matters.irrelevant.join(", ") || "nothing")],
    ["REJECTED", rejectedLines(rejected, ruling.kind === "allowed")],
    ["REVENUE", revenue === null ? [] : revenueLines(revenue, folder)],
    ["NEAREST", nearestLines(nearest, terms)],
    ["FLIPS", flipsLines(flips, terms)],
  ];
  return sections.flatMap(([label, lines]) => (lines.length === 0 ? [] : [section(label, lines)]));
}

function decisionText({ ruling }: Explanation, { providers }: Terms): string {
  if (ruling.kind === "allowed") return hostsText(ruling, providers);
  const remedy = ruling.remedy === null ? "" : `; ${ruling.remedy}`;
  return `${hostsText(ruling, providers)}: ${ruling.message}${remedy}`;
}

function termsLines(terms: Terms, cell: number | null = null): readonly string[] {
  const { agreement, regime, version, effective, reading, shares, contractDate, digest } = terms;
  const split = shares === null ? "" : `, share preset ${shares}`;
  const at = cell === null ? "" : `, cell ${grouped(cell)}`;
  return wrapped(
    `${agreement} ${regime} v${version} (${intervalText(effective)}), reading ${reading}${split}, on ${contractDate}, digest ${digest.slice(0, 12)}${at}`,
  );
}

function classLines(
  { ruling, because, evidence, matters }: ClassExplanation,
  folder: string,
): readonly string[] {
  const { rests, irrelevant } = matters;
  const others = irrelevant.map((axis) => `${axis}=${evidence[axis] ?? ""}`).join("  ");
  const widening =
    ruling.kind === "classified" && ruling.widening !== null
      ? `, which the caller alone brought about (accepted widening \`${ruling.widening}\`)`
      : "";
  const head = ruling.kind === "classified" ? `${ruling.workload}${widening}` : `denied: ${ruling.message}`;
  return [
    ...wrapped(head, { hang: 2 }),
    ...because.flatMap((rule) => citationLines(rule, basisText(rule), folder)),
    ...table([
      ...(rests.length === 0 ? [["rests on", "nothing"]] : restRows("rests on", rests)),
      ["not on", others || "nothing"],
    ]),
  ];
}

function clauseLines(clause: CitedClause, folder: string): readonly string[] {
  const { modality, effective } = clause;
  const about = [modality, basisText(clause), intervalText(effective)].filter((part) => part !== "");
  return citationLines(clause, about.join(", "), folder);
}

function citationLines(cited: CitedRule, about: string, folder: string): readonly string[] {
  const { id, name, text, place } = cited;
  return [
    ...wrapped(`${id} ${name} (${about}) ${placeText(place, folder)}`, { hang: 2 }),
    ...wrapped(text, { indent: 4 }),
  ];
}

function basisText({ basis, sources }: Pick<CitedRule, "basis" | "sources">): string {
  return basis === null ? "ours" : `${basis} from ${sources.join(", ")}`;
}

function intervalText({ from, to }: CitedClause["effective"]): string {
  return to === null ? `in force since ${from}` : `in force ${from} to ${to}`;
}

function placeText(place: string, folder: string): string {
  const inside = relative(folder, place);
  return inside.startsWith("..") ? place : inside;
}

function mattersLines({ rests }: Matters): readonly string[] {
  if (rests.length === 0) return ["nothing: every call is decided like this"];
  if (rests.every((rest) => !rest.onlyCited)) return wrapped(rests.map(restText).join("  "));
  return table(restRows("for the answer", rests));
}

/** What decides, then what would only have other rules cited for the same; no row for a part that is empty. */
function restRows(label: string, rests: readonly Rest[]): readonly (readonly string[])[] {
  const parts: readonly (readonly [string, readonly Rest[]])[] = [
    [label, rests.filter((rest) => !rest.onlyCited)],
    ["for what is cited", rests.filter((rest) => rest.onlyCited)],
  ];
  return parts.flatMap(([name, some]) => (some.length === 0 ? [] : [[name, some.map(restText).join("  ")]]));
}

/** Values that no rule tells apart stand together. */
function restText({ axis, value, alike }: Rest): string {
  return `${axis}=${[value, ...alike].join("|")}`;
}

/** Providers that are rejected for the same reason stand together. */
function rejectedLines(rejected: readonly Rejection[], allowed: boolean): readonly string[] {
  if (rejected.length === 0) return allowed ? ["nobody"] : [];
  const byReason = new Map<string, string[]>();
  for (const rejection of rejected) {
    const reason = reasonText(rejection);
    byReason.set(reason, [...(byReason.get(reason) ?? []), rejection.provider]);
  }
  return table([...byReason].map(([reason, providers]) => [providers.join(", "), reason]));
}

function reasonText({ by, permissions }: Rejection): string {
  if (by.length > 0) {
    return listed(
      by.map(({ clause, modality, widenedBy }) => {
        const widened =
          widenedBy.length === 0 ? "" : `, widened by ${listed(widenedBy, "and")} but not so far`;
        return `${clause} (${modality}${widened})`;
      }),
      "and",
    );
  }
  if (permissions.length === 0) return "no clause permits it";
  return `no clause permits it: ${listed(permissions, "and")} ${permissions.length === 1 ? "names" : "name"} others`;
}

function revenueLines(revenue: Revenue, folder: string): readonly string[] {
  const { versions, caps, commissions, by, setAside, switches } = revenue;
  return [
    ...versionLines(versions),
    ...caps.flatMap((cap) =>
      wrapped(`${cap.clause} gives others than the seller ${limitText(cap)}; the seller keeps the rest`, {
        hang: 2,
      }),
    ),
    ...commissions.flatMap(({ clause, payee, commissionPpm, borneBy }) =>
      wrapped(
        `${clause} pays ${splitText({ [payee]: commissionPpm }, true)} of the gross, ${borneBy === null ? "before it is shared" : `out of the part of ${borneBy}`}`,
        { hang: 2 },
      ),
    ),
    ...by.flatMap(({ clause, everywhere }) => {
      const where = everywhere ? ["applies on every cloud"] : [];
      return citationLines(clause, [basisText(clause), ...where].join(", "), folder);
    }),
    ...(setAside.length === 0
      ? []
      : wrapped(`set aside here: ${setAside.map(({ id, name }) => `${id} ${name}`).join(", ")}`, {
          hang: 2,
        })),
    ...switches.flatMap(({ clause, when, sharePpm }) => {
      const facts = Object.entries(when).map(([axis, value]) => `${axis}=${value}`);
      return wrapped(
        `once ${facts.join(" ")}: ${splitText(sharePpm)} by ${clause.id} ${clause.name} (${basisText(clause)})`,
        { hang: 2 },
      );
    }),
  ];
}

/** One line where the split never changes; else one for each, the one in force marked. */
function versionLines(versions: Revenue["versions"]): readonly string[] {
  const [first] = versions;
  if (first !== undefined && versions.length === 1) return wrapped(splitText(first.sharePpm, true));
  return table(
    versions.map(({ from, sharePpm, inForce }, index) => {
      const next = versions[index + 1]?.from ?? "";
      const text = `${splitText(sharePpm, true)}${inForce ? ", in force" : ""}`;
      return [from === null ? `before ${next}` : `from ${from}`, text];
    }),
  );
}

function nearestLines({ neighbours, more }: Nearest, { providers }: Terms): readonly string[] {
  if (neighbours.length === 0) return [];
  const rows = neighbours.map(({ change, distance, ruling, by }) => [
    changeText(change),
    `-> ${hostsText(ruling, providers)}`,
    `${byText(by)}${distance === 2 ? " (2 changes)" : ""}`.trim(),
  ]);
  return [...table(rows), ...(more === 0 ? [] : [`and ${grouped(more)} more`])];
}

function changeText(change: Cube): string {
  return Object.entries(change)
    .map(([axis, values]) => `${axis}=${values.join("|")}`)
    .join(" ");
}

function byText(by: readonly string[]): string {
  return by.length === 0 ? "" : `by ${by.join(", ")}`;
}

function flipsLines({ flips, asked }: Flips, { providers }: Terms): readonly string[] {
  const total = asked.readings + asked.choices + asked.regimes;
  const tried = `${counted(asked.readings, "other reading")}, ${counted(asked.choices, "single choice")} and ${counted(asked.regimes, "other regime")}`;
  if (flips.length === 0) return wrapped(`none of ${tried}`);
  const rows = flips.map((flip) => [
    alternativeText(flip.under),
    `-> ${flip.workload === null ? "" : `${flip.workload}: `}${hostsText(flip.ruling, providers)}`,
    [byText(flip.by), flippedSplit(flip), questionText(flip.under)].filter((part) => part !== "").join(" "),
  ]);
  return [...table(rows), ...wrapped(`${flips.length} of ${total} asked: ${tried}`)];
}

function alternativeText(under: Alternative): string {
  switch (under.kind) {
    case "reading":
      return `reading ${under.reading}`;
    case "choice":
      return `choice ${under.knob} ${under.choice}`;
    case "regime":
      return `regime ${under.regime}`;
  }
}

function questionText(under: Alternative): string {
  return under.kind === "choice" ? `(${under.question})` : "";
}

function flippedSplit({ ruling, splitChanges }: Flip): string {
  if (!splitChanges || ruling.kind === "denied") return "";
  return `and ${moneyText(ruling.money)} by ${ruling.moneyClauses.join(", ")}`;
}
