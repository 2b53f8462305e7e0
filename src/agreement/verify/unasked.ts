/** CT009 across tables: a property or example whose regimes and readings meet no table is never asked at all. */

import { finding } from "../../decision-table/finding.ts";
import type { Finding } from "../../decision-table/findings.ts";
import { countsUnder } from "../bind.ts";
import type { CheckedTable } from "./checked-table.ts";
import { examine, type Surroundings } from "./examine.ts";
import type { Properties } from "./parse-properties.ts";

/** `tables` are all that exist: every regime under every reading. */
export function checkUnasked(
  properties: Properties,
  tables: readonly CheckedTable[],
  around: (table: CheckedTable) => Surroundings,
): readonly Finding[] {
  const names = tables.map(({ name }) => name);
  const unasked = properties.bound.filter((bound) =>
    tables.every((table) => examine(bound, table, around(table)).kind === "elsewhere"),
  );
  return [
    ...unasked.map(({ property, index }) =>
      finding({
        code: "CT009",
        subject: property.id,
        message: `${property.id} concerns no regime and reading that is loaded`,
        at: { source: properties, path: ["properties", index] },
        tables: names,
      }),
    ),
    ...unaskedExamples(tables),
  ];
}

function unaskedExamples(tables: readonly CheckedTable[]): readonly Finding[] {
  const agreements = [...new Set(tables.map(({ compiled }) => compiled.source))];
  return agreements.flatMap((agreement) => {
    const own = tables.filter(({ compiled }) => compiled.source === agreement);
    return agreement.value.examples.flatMap((example, index) => {
      if (own.some(({ compiled }) => countsUnder(example.readings, compiled.choices))) return [];
      return [
        finding({
          code: "CT009",
          subject: example.id,
          message: `${example.id} concerns no reading that is loaded`,
          at: { source: agreement, path: ["examples", index] },
          tables: own.map(({ name }) => name),
        }),
      ];
    });
  });
}
