/** What a clause says, for those who show it. */

import type { ClauseId } from "../domain/call.ts";
import { compareClauseIds } from "./clause-order.ts";
import type { Agreement } from "./parse.ts";
import type { Clause, Interval } from "./schema.ts";

export interface ClauseText {
  readonly id: ClauseId;
  readonly name: string;
  readonly text: string;
  readonly basis: "quoted" | "summarised" | "assumed";
  readonly modality: Clause["modality"];
  readonly sources: readonly string[];
  /** When the term holds; that of the regime where the clause names none. */
  readonly effective: Interval;
  /** `file:line:column` */
  readonly place: string;
}

/** Every clause of the file by id, in the order of the ids. */
export function readClauseTexts(agreement: Agreement): ReadonlyMap<ClauseId, ClauseText> {
  const texts = agreement.value.clauses.map((clause, index): ClauseText => {
    const { file = agreement.file, line, column } = agreement.locate(["clauses", index]);
    const { id, name, text, basis, modality } = clause;
    return Object.freeze({
      id,
      name,
      text,
      basis,
      modality,
      sources: Object.freeze([...clause.source]),
      effective: Object.freeze(clause.effective ?? agreement.effective),
      place: `${file}:${line}:${column}`,
    });
  });
  return new Map(texts.sort((a, b) => compareClauseIds(a.id, b.id)).map((text) => [text.id, text]));
}
