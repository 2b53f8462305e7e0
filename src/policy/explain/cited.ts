/** The clauses and rules that a decision names, as an explanation shows them. */

import type { ClauseText } from "../../agreement/clause-text.ts";
import type { CompiledAgreement } from "../../agreement/compile.ts";
import type { Agreement } from "../../agreement/parse.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import type { Classifier } from "../../classification/compile.ts";
import type { ClauseId } from "../../domain/call.ts";

export interface CitedClause extends Omit<ClauseText, "modality" | "basis"> {
  readonly modality: ClauseText["modality"] | "impossibility";
  /** Null for an impossibility, which is ours. */
  readonly basis: ClauseText["basis"] | null;
}

/** A rule of the classification, or one of its impossibilities. */
export interface CitedRule {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly basis: ClauseText["basis"] | null;
  readonly sources: readonly string[];
  /** `file:line:column` */
  readonly place: string;
}

/** The clauses of these ids in their order; RangeError for an id that the agreement does not have. */
export function citeClauses(agreement: CompiledAgreement, ids: readonly ClauseId[]): readonly CitedClause[] {
  return ids.map((id) => agreement.clauses.get(id) ?? impossibility(agreement, id));
}

/** The same for the rules of the classification. */
export function citeRules({ source }: Classifier, ids: readonly string[]): readonly CitedRule[] {
  const { rules, infeasible } = source.value;
  return ids.map((id) => {
    const index = rules.findIndex((rule) => rule.id === id);
    const rule = rules[index];
    if (rule !== undefined) {
      const { name, text, basis, source: sources } = rule;
      return { id, name, text, basis, sources, place: placeOf(source, ["rules", index]) };
    }
    const nth = infeasible.findIndex((entry) => entry.id === id);
    const text = infeasible[nth]?.because ?? "";
    const place = placeOf(source, ["infeasible", nth]);
    return { id, name: "IMPOSSIBLE", text, basis: null, sources: [], place };
  });
}

/** The cited clauses that decide, without the definitions that they rest on; those in conflict, where that is the answer. */
export function decidingClauses({ value }: Agreement, { clauses }: Ruling): readonly ClauseId[] {
  const definitions = value.clauses.filter(({ modality }) => modality === "definition");
  return clauses.filter((id) => !definitions.some((clause) => clause.id === id));
}

function impossibility({ source }: CompiledAgreement, id: string): CitedClause {
  const index = source.value.infeasible.findIndex((entry) => entry.id === id);
  const entry = source.value.infeasible[index];
  if (entry === undefined) throw new RangeError(`the agreement has no clause \`${id}\``);
  return {
    id,
    name: "IMPOSSIBLE",
    text: entry.because,
    basis: null,
    modality: "impossibility",
    sources: [],
    effective: source.effective,
    place: placeOf(source, ["infeasible", index]),
  };
}

function placeOf(
  source: Pick<CompiledAgreement["source"], "file" | "locate">,
  path: readonly (string | number)[],
): string {
  const { file = source.file, line, column } = source.locate(path);
  return `${file}:${line}:${column}`;
}
