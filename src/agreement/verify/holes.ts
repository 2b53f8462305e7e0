/** CT001 and CT002: cells that no clause decides, and cells whose clauses contradict each other. */

import type { Finding } from "../../decision-table/findings.ts";
import { rulingAt, type CheckedTable } from "./checked-table.ts";
import { finding } from "../../decision-table/finding.ts";

/** One finding for each distinct reason, with the cells as cubes. */
export function findHoles(table: CheckedTable): readonly Finding[] {
  const agreement = table.compiled.source;
  const holes = new Map<string, number[]>();
  table.reduced.cells.forEach((_, cell) => {
    const ruling = rulingAt(table, cell);
    if (ruling.kind !== "denied" || (ruling.reason !== "gap" && ruling.reason !== "conflict")) return;
    const cells = holes.get(ruling.message);
    if (cells === undefined) holes.set(ruling.message, [cell]);
    else cells.push(cell);
  });
  return [...holes].map(([message, cells]) => {
    const ruling = rulingAt(table, cells[0] ?? 0);
    const [clause] = ruling.clauses;
    const index = agreement.value.clauses.findIndex(({ id }) => id === clause);
    const denied = ruling.kind === "denied" ? ruling : null;
    return finding({
      code: denied?.reason === "conflict" ? "CT002" : "CT001",
      subject: clause ?? "clauses",
      message,
      at: { source: agreement, path: index < 0 ? ["clauses"] : ["clauses", index] },
      tables: [table.name],
      cells: { table, cells },
      // What mends it depends on what is wrong: clauses, or the figures in them.
      remedy: denied === null ? null : denied.remedy,
    });
  });
}
