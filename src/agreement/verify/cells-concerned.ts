/** The merged cells that a property speaks about in one regime under one reading. */

import type { Scope } from "../../decision-table/scope.ts";
import { cellsWithin, groupAt, type Space } from "../../decision-table/space.ts";
import { countsUnder } from "../bind.ts";
import type { BoundAgreement } from "../compile.ts";
import type { CheckedTable } from "./checked-table.ts";
import type { Surroundings } from "./examine.ts";
import type { BoundProperty } from "./parse-properties.ts";
import type { Property, RegimeSelector } from "./property-schema.ts";

/** Those of the condition, without those that an exception takes out; impossible ones included. */
export function cellsConcerned(
  { scope, exceptions, evidence }: BoundProperty,
  table: CheckedTable,
  { regimes, classesOf }: Pick<Surroundings, "regimes" | "classesOf">,
): readonly number[] {
  const { compiled, reduced } = table;
  const taken = exceptions.filter(
    (each) =>
      namesRegime(each.regimes, compiled.regime, regimes) && countsUnder(each.readings, compiled.choices),
  );
  const cells = cellsBetween(
    reduced.space,
    scope,
    taken.map((each) => each.scope),
  );
  if (evidence === null) return cells;
  const classes = classesOf(table, evidence);
  const facet = reduced.space.facets.find(({ axis }) => axis.name === "workload");
  if (facet === undefined) return cells;
  return cells.filter((cell) => groupAt(facet, cell).some((workload) => classes.has(workload)));
}

/** Whether a property is asked of a regime under these choices at all; `order` is every regime. */
export function concerns(
  property: Property,
  { regime, choices }: Pick<BoundAgreement, "regime" | "choices">,
  order: readonly string[],
): boolean {
  if (!countsUnder(property.readings, choices)) return false;
  if (!("relation" in property)) return namesRegime(property.regimes, regime, order);
  // A comparison is asked of the table of either side.
  const { left, right } = property.relation;
  return (regime === left || regime === right) && namesRegime(property.regimes, right, order);
}

/** Whether a selector names a regime, by its own id or by the order of the dates. */
export function namesRegime(selector: RegimeSelector, regime: string, order: readonly string[]): boolean {
  if (selector === "any") return true;
  if (Array.isArray(selector)) return selector.includes(regime);
  const at = order.indexOf(regime);
  const last = selector.to === undefined ? order.length - 1 : order.indexOf(selector.to);
  return at >= order.indexOf(selector.from) && at <= last;
}

/** The same question is put to hundreds of tables over one space, so its answer is kept as long as the space. */
const known = new WeakMap<Space, Map<Scope, Map<string, readonly number[]>>>();
const numbers = new WeakMap<Scope, number>();
let lastNumber = 0;

function cellsBetween(space: Space, scope: Scope, without: readonly Scope[]): readonly number[] {
  const byScope = known.get(space) ?? new Map<Scope, Map<string, readonly number[]>>();
  known.set(space, byScope);
  const byExceptions = byScope.get(scope) ?? new Map<string, readonly number[]>();
  byScope.set(scope, byExceptions);
  const key = without.map(numberOf).join();
  const found = byExceptions.get(key);
  if (found !== undefined) return found;
  const taken = new Set(without.flatMap((each) => cellsWithin(space, each)));
  const cells = cellsWithin(space, scope).filter((cell) => !taken.has(cell));
  byExceptions.set(key, cells);
  return cells;
}

function numberOf(scope: Scope): number {
  const number = numbers.get(scope) ?? (lastNumber += 1);
  numbers.set(scope, number);
  return number;
}
