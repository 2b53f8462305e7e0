/** Conditions resolved against the axes, so that later stages compare sets and never words. */

import type { Axis } from "./axes.ts";
import { select, type Condition } from "./condition.ts";

/** What a cell must be for a rule to speak about it: the accepted values, one set per axis in the order of the axes. */
export type Scope = readonly ReadonlySet<string>[];

export interface ScopedRule {
  readonly id: string;
  readonly scope: Scope;
}

/** The scope of a condition whose words were checked before; axes it does not name accept everything. */
export function scopeOf(when: Condition, axes: readonly Axis[]): Scope {
  return axes.map((axis) => select(when[axis.name], axis.values));
}

/** Whether a cell, given by its values, lies in the scope. */
export function inScope(
  scope: Scope,
  axes: readonly Axis[],
  values: Readonly<Record<string, string>>,
): boolean {
  return axes.every((axis, position) => scope[position]?.has(values[axis.name] ?? "") === true);
}
