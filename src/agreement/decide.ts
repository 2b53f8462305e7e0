/** The decision for one call: a few look-ups in a table that was checked cell by cell when it was built. */

import { cellOf } from "../decision-table/axes.ts";
import type { CallFacts } from "../domain/call.ts";
import type { CompiledAgreement } from "./compile.ts";
import type { Verdict } from "./verdict.ts";

export type { Verdict };

/**
 * Where the call may be hosted, by which clauses, and who earns from it. A fact that is missing or not a value of its axis
 * denies as `unclassifiable`; facts that the agreement has no axis for do not count. The same frozen object each time.
 */
export function decide(compiled: CompiledAgreement, facts: CallFacts): Verdict {
  const cell = cellOf(compiled.axes, facts);
  return compiled.verdicts.get(cell) ?? verdictAt(compiled, cell);
}

function verdictAt(compiled: CompiledAgreement, cell: number): Verdict {
  const ruling = compiled.outcomes[compiled.cells[cell] ?? 0];
  if (ruling === undefined) throw new RangeError(`the table has no cell ${cell}`);
  const verdict: Verdict = Object.freeze({ ...ruling, cell });
  compiled.verdicts.set(cell, verdict);
  return verdict;
}
