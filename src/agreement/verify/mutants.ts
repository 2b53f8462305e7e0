/** Small wrongs that an agreement could hold: one clause changed in one way, every way there is. */

import type { Axis } from "../../decision-table/axes.ts";
import type { BoundClause, Rule } from "../bind.ts";
import type { Remuneration } from "../money-schema.ts";

export interface Mutant {
  /** The clause, or impossibility, that is changed. */
  readonly clause: string;
  /** Such as `C1: partner=amazon removed`. */
  readonly change: string;
  /** `effect` where the clause says something else, `scope` where it only speaks elsewhere or not at all. */
  readonly touches: "scope" | "effect";
  /** The rule in its new form; null where it is dropped. */
  readonly rule: Rule | null;
}

const FLIPPED = {
  obligation: ["prohibition", "permission"],
  prohibition: ["obligation", "permission"],
  permission: ["obligation", "prohibition"],
  definition: [],
  remuneration: [],
  commission: [],
} as const satisfies Record<BoundClause["modality"], readonly BoundClause["modality"][]>;

/** Every mutant of one rule: dropped, an override dropped, flipped, one value or provider more or less, other terms of money. */
export function mutantsOf(
  rule: Rule,
  { axes, providers }: { axes: readonly Axis[]; providers: readonly string[] },
): readonly Mutant[] {
  const scoped = [dropped(rule), ...rescoped(rule, axes)];
  if (rule.kind === "infeasible") return scoped;
  return [...scoped, ...unlinked(rule), ...flipped(rule), ...redirected(rule, providers), ...repriced(rule)];
}

/** The rules with the mutant in the place of the original; the same list where that one does not count. */
export function withMutant(rules: readonly Rule[], mutant: Mutant): readonly Rule[] {
  return rules.flatMap((rule) => {
    if (rule.id !== mutant.clause) return [rule];
    return mutant.rule === null ? [] : [mutant.rule];
  });
}

function dropped({ id }: Rule): Mutant {
  return { clause: id, change: `${id} dropped`, touches: "scope", rule: null };
}

function rescoped(rule: Rule, axes: readonly Axis[]): readonly Mutant[] {
  return axes.flatMap((axis, position) =>
    axis.values.flatMap((value) => {
      const accepted = new Set(rule.scope[position]);
      const removed = accepted.delete(value);
      if (!removed) accepted.add(value);
      // A clause that accepts no value speaks nowhere: that mutant is the dropped one.
      if (accepted.size === 0) return [];
      const scope = rule.scope.map((set, at) => (at === position ? accepted : set));
      const change = `${rule.id}: ${axis.name}=${value} ${removed ? "removed" : "added"}`;
      return [{ clause: rule.id, change, touches: "scope" as const, rule: { ...rule, scope } }];
    }),
  );
}

function unlinked(rule: BoundClause): readonly Mutant[] {
  return [...rule.overrides].map((other) => {
    const overrides = new Set([...rule.overrides].filter((each) => each !== other));
    return effect(rule, `no longer overrides ${other}`, { overrides });
  });
}

function flipped(rule: BoundClause): readonly Mutant[] {
  return FLIPPED[rule.modality].map((modality) =>
    effect(rule, `${rule.modality} -> ${modality}`, { modality }),
  );
}

function redirected(rule: BoundClause, providers: readonly string[]): readonly Mutant[] {
  if (rule.providers.size === 0) return [];
  return providers.flatMap((provider) => {
    const named = new Set(rule.providers);
    const removed = named.delete(provider);
    if (!removed) named.add(provider);
    if (named.size === 0) return [];
    return [effect(rule, `provider ${provider} ${removed ? "removed" : "added"}`, { providers: named })];
  });
}

/** Two shares swapped, another base, no cap, one over the other span, a dated change left out; who pays a commission swapped. */
function repriced(rule: BoundClause): readonly Mutant[] {
  const { remuneration, commission } = rule;
  if (commission !== null) {
    const { payee, borne_by } = commission;
    const changed = { ...commission, payee: borne_by, borne_by: payee };
    return [effect(rule, `${payee} and ${borne_by} swapped`, { commission: changed })];
  }
  if (remuneration === null) return [];
  const { share_ppm: shares, base, rates, cap } = remuneration;
  const otherBase = base === "gross" ? "net" : "gross";
  const change = (what: string, changed: Partial<typeof remuneration>): Mutant =>
    effect(rule, what, { remuneration: { ...remuneration, ...changed } });
  return [
    ...swapped(shares).map(({ what, share_ppm }) => change(what, { share_ppm })),
    change(`shares of the ${otherBase}`, { base: otherBase }),
    ...rates.flatMap((rate, index) => {
      const others = rates.filter((each) => each !== rate);
      const swaps = swapped(rate.share_ppm).map(({ what, share_ppm }) =>
        change(`from ${rate.from}, ${what}`, { rates: rates.with(index, { ...rate, share_ppm }) }),
      );
      return [change(`change on ${rate.from} dropped`, { rates: others }), ...swaps];
    }),
    ...(cap === undefined ? [] : recapped(cap).map(({ what, ...changed }) => change(what, changed))),
  ];
}

function recapped(
  cap: NonNullable<Remuneration["cap"]>,
): readonly { readonly what: string; readonly cap: Remuneration["cap"] }[] {
  const scope = cap.scope === "lifetime" ? "period" : "lifetime";
  return [
    { what: "cap dropped", cap: undefined },
    { what: `cap over the ${scope}`, cap: { ...cap, scope } },
  ];
}

function swapped(
  shares: Readonly<Record<string, number>>,
): readonly { readonly what: string; readonly share_ppm: Record<string, number> }[] {
  const entries = Object.entries(shares);
  return entries.flatMap(([one, share], index) =>
    entries.slice(index + 1).flatMap(([other, otherShare]) => {
      if (share === otherShare) return [];
      const share_ppm = { ...shares, [one]: otherShare, [other]: share };
      return [{ what: `shares of ${one} and ${other} swapped`, share_ppm }];
    }),
  );
}

function effect(rule: BoundClause, change: string, changed: Partial<BoundClause>): Mutant {
  return {
    clause: rule.id,
    change: `${rule.id}: ${change}`,
    touches: "effect",
    rule: { ...rule, ...changed },
  };
}
