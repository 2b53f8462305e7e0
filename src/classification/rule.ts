/**
 * The meaning of the classification, for one set of rules that speak about a cell. Never depends on their order.
 *
 * A rule that is overridden by another one of the set falls away; the others decide. They must name one workload, and those
 * that name a widening one widening; else: conflict. No rule left: gap. A call counts as widened when every deciding rule
 * is a widening; where another rule decides too, the caller's field made no difference.
 */

import type { Axis } from "../decision-table/axes.ts";
import type { ScopedRule } from "../decision-table/scope.ts";
import type { WorkloadClass } from "../domain/call.ts";
import type { WideningId } from "./schema.ts";

export interface BoundRule extends ScopedRule {
  readonly kind: "rule";
  readonly workload: WorkloadClass;
  readonly widening: WideningId | null;
  readonly overrides: ReadonlySet<string>;
}

export interface Impossibility extends ScopedRule {
  readonly kind: "infeasible";
  readonly because: string;
}

export type Rule = BoundRule | Impossibility;

export type ClassRuling =
  | {
      readonly kind: "classified";
      readonly workload: WorkloadClass;
      readonly widening: WideningId | null;
      /** Ids of the deciding rules in their order, at least one. */
      readonly rules: readonly string[];
    }
  | {
      readonly kind: "denied";
      readonly reason: "gap" | "conflict" | "infeasible" | "unclassifiable";
      /** The rules in conflict, or the impossibility; empty where none speaks. */
      readonly rules: readonly string[];
      /** The axis whose value is unknown, where that is the reason. */
      readonly axis: string | null;
      readonly message: string;
    };

/** The ruling where exactly these rules speak; `rules` is in the order of the ids, and so are the ids in the ruling. */
export function ruleOn(rules: readonly Rule[]): ClassRuling {
  const impossible = rules.find((rule) => rule.kind === "infeasible");
  if (impossible !== undefined) {
    return denied("infeasible", [impossible], `such a call cannot exist: ${impossible.because}`);
  }
  const speaking = rules.filter((rule) => rule.kind === "rule");
  const live = speaking.filter((rule) => !speaking.some((other) => other.overrides.has(rule.id)));
  const [first] = live;
  if (first === undefined) return denied("gap", [], "no rule says what class such a call has");
  const ids = live.map(({ id }) => id);
  if (live.some(({ workload }) => workload !== first.workload)) {
    return denied("conflict", live, `${ids.join(" and ")} give such a call different classes`);
  }
  const widenings = new Set(live.flatMap(({ widening }) => widening ?? []));
  if (widenings.size > 1) {
    return denied("conflict", live, `${ids.join(" and ")} count such a call as different widenings`);
  }
  const widening = live.every((rule) => rule.widening !== null) ? first.widening : null;
  return Object.freeze({ kind: "classified", workload: first.workload, widening, rules: Object.freeze(ids) });
}

/** The ruling on a call of which one axis is not known. */
export function unclassifiable(axis: Axis): ClassRuling {
  return denied(
    "unclassifiable",
    [],
    `the \`${axis.name}\` of the call is not known to the classification`,
    axis,
  );
}

function denied(
  reason: Extract<ClassRuling, { kind: "denied" }>["reason"],
  rules: readonly ScopedRule[],
  message: string,
  axis: Axis | null = null,
): ClassRuling {
  const ids = Object.freeze(rules.map(({ id }) => id));
  return Object.freeze({ kind: "denied", reason, rules: ids, axis: axis?.name ?? null, message });
}
