/** CT008 and CT009: properties and examples that fail, or say nothing. */

import { cellHolding } from "../../decision-table/space.ts";
import { countsUnder } from "../bind.ts";
import type { Finding } from "../../decision-table/findings.ts";
import type { Example } from "../schema.ts";
import { rulingAt, type CheckedTable } from "./checked-table.ts";
import { examine, type Surroundings } from "./examine.ts";
import { finding } from "../../decision-table/finding.ts";
import { wordOtherMoney } from "./expected-money.ts";
import type { BoundProperty, Properties } from "./parse-properties.ts";
import { sameSet } from "./same-outcome.ts";

/** Every property and example of one table; a property is named in one finding for each table in which it fails. */
export function checkPromises(
  table: CheckedTable,
  properties: Properties,
  around: Surroundings,
): readonly Finding[] {
  return [
    ...properties.bound.flatMap((bound) => checkProperty(bound, table, { properties, around })),
    ...checkExamples(table),
  ];
}

/** Whether a property fails in a table, or has nothing left to say. */
export function breaks(bound: BoundProperty, table: CheckedTable, around: Surroundings): boolean {
  const { kind } = examine(bound, table, around);
  return kind === "fails" || kind === "vacuous";
}

/** Whether any example of the agreement fails in a table. */
export function breaksAnExample(table: CheckedTable): boolean {
  return table.compiled.source.value.examples.some((example) => failure(example, table) !== null);
}

function checkProperty(
  bound: BoundProperty,
  table: CheckedTable,
  { properties, around }: { properties: Properties; around: Surroundings },
): readonly Finding[] {
  const { property, index } = bound;
  const examined = examine(bound, table, around);
  if (examined.kind === "holds" || examined.kind === "elsewhere") return [];
  const common = {
    subject: property.id,
    at: { source: properties, path: ["properties", index] },
    tables: [table.name],
  };
  if (examined.kind === "vacuous") {
    return [
      finding({ ...common, code: "CT009", message: `${property.id} meets no cell: "${property.text}"` }),
    ];
  }
  return [
    finding({
      ...common,
      code: "CT008",
      message: `${property.id} "${property.text}" fails: ${examined.how}`,
      cells: { table: examined.table, cells: examined.cells },
    }),
  ];
}

function checkExamples(table: CheckedTable): readonly Finding[] {
  const { source } = table.compiled;
  return source.value.examples.flatMap((example, index) => {
    const message = failure(example, table);
    if (message === null) return [];
    return [
      finding({
        code: "CT008",
        subject: example.id,
        message: `${example.id} "${example.text}" fails: ${message}`,
        at: { source, path: ["examples", index] },
        tables: [table.name],
        cells: { table, cells: [cellOfExample(example, table)] },
      }),
    ];
  });
}

/** Axes that the example does not name have their default value. */
function cellOfExample({ given }: Example, { compiled, reduced }: CheckedTable): number {
  const ordinary = Object.fromEntries(compiled.axes.map(({ name, defaultValue }) => [name, defaultValue]));
  return cellHolding(reduced.space, { ...ordinary, ...given });
}

/** What the example got instead, or null when it holds or does not concern this reading. */
function failure(example: Example, table: CheckedTable): string | null {
  if (!countsUnder(example.readings, table.compiled.choices)) return null;
  const ruling = rulingAt(table, cellOfExample(example, table));
  const { expect } = example;
  if (ruling.kind === "denied") {
    return expect.denied === ruling.reason ? null : `denied, ${ruling.reason}: ${ruling.message}`;
  }
  if (expect.denied !== undefined) return `allowed on ${ruling.providers.join(", ")}`;
  if (expect.providers !== undefined && !sameSet(expect.providers, ruling.providers)) {
    return `allowed on ${ruling.providers.join(", ")}`;
  }
  if (expect.clauses !== undefined && expect.clauses.join() !== ruling.clauses.join()) {
    return `decided by ${ruling.clauses.join(", ")}`;
  }
  if (expect.money_clauses !== undefined && !sameSet(expect.money_clauses, ruling.moneyClauses)) {
    return `paid by ${ruling.moneyClauses.join(", ")}`;
  }
  const shares = Object.entries(expect.share_ppm ?? {});
  if (!shares.every(([party, share]) => (ruling.sharePpm[party] ?? 0) === share)) {
    return `split ${JSON.stringify(ruling.sharePpm)}`;
  }
  return wordOtherMoney(expect, ruling.money);
}
