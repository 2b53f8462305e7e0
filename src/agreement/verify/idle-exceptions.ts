/** CT015: exceptions of a property without which it holds as well, so that they excuse nothing and would only hide a later fault. */

import { finding } from "../../decision-table/finding.ts";
import type { Finding } from "../../decision-table/findings.ts";
import { countsUnder } from "../bind.ts";
import { concerns, namesRegime } from "./cells-concerned.ts";
import type { CheckedTable } from "./checked-table.ts";
import { examine, type Surroundings } from "./examine.ts";
import type { BoundException, BoundProperty, Properties } from "./parse-properties.ts";

/**
 * `tables` are all that exist: every regime under every reading. An exception that applies in none of them is not judged: it may be
 * for choices that no reading here makes together.
 */
export function idleExceptions(
  properties: Properties,
  tables: readonly CheckedTable[],
  around: (table: CheckedTable) => Surroundings,
): readonly Finding[] {
  return properties.bound.filter(excuses).flatMap((bound) =>
    bound.exceptions.flatMap((exception, nth) => {
      const applying = tables.filter((table) => applies(bound, exception, table, around(table).regimes));
      const without = { ...bound, exceptions: bound.exceptions.toSpliced(nth, 1) };
      const needed = applying.some((table) => examine(without, table, around(table)).kind === "fails");
      if (needed || applying.length === 0) return [];
      const { id } = bound.property;
      return [
        finding({
          code: "CT015",
          subject: id,
          message: `${id} holds without this exception, which excuses nothing`,
          at: { source: properties, path: ["properties", bound.index, "except", nth] },
          tables: applying.map(({ name }) => name),
        }),
      ];
    }),
  );
}

function applies(
  { property }: BoundProperty,
  { regimes, readings }: BoundException,
  { compiled }: CheckedTable,
  order: readonly string[],
): boolean {
  // What is compared is looked at on the right.
  if ("relation" in property && compiled.regime !== property.relation.right) return false;
  return (
    concerns(property, compiled, order) &&
    namesRegime(regimes, compiled.regime, order) &&
    countsUnder(readings, compiled.choices)
  );
}

/** Where one cell somewhere suffices, what takes cells out excuses nothing: it asks for more. */
function excuses({ property }: BoundProperty): boolean {
  return !("relation" in property && property.relation.is === "tighter-somewhere");
}
