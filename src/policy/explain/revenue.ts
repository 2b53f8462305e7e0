/** Who earns from the call, by which clauses, from when on and up to where, and whether it would matter where it ran. */

import type { BoundClause, Rule } from "../../agreement/bind.ts";
import type { CompiledAgreement } from "../../agreement/compile.ts";
import { decide } from "../../agreement/decide.ts";
import type { Commission } from "../../agreement/money-schema.ts";
import { partsOf, sameMoney } from "../../agreement/money.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import { inScope } from "../../decision-table/scope.ts";
import type { CallFacts, ClauseId, PartyId } from "../../domain/call.ts";
import type { MoneyTerms, ShareCap, ShareLeg } from "../../domain/money.ts";
import type { Ppm } from "../../domain/units.ts";
import { citeClauses, type CitedClause } from "./cited.ts";

interface RevenuePart {
  readonly clause: CitedClause;
  /** Calls on each of the providers are split by this clause, so no choice of host gets around it. */
  readonly everywhere: boolean;
}

interface DatedSplit {
  /** `YYYY-MM-DD`; null: since ever. */
  readonly from: string | null;
  /** Sums to 1,000,000. */
  readonly sharePpm: Readonly<Record<PartyId, Ppm>>;
  /** The same by clause, of the gross. */
  readonly legs: readonly ShareLeg[];
  /** Whether it holds on the day that was asked about. */
  readonly inForce: boolean;
}

interface CommissionPaid {
  readonly clause: ClauseId;
  readonly payee: PartyId;
  readonly commissionPpm: number;
  /** Null where the shares are of what commissions leave, so that everyone bears it. */
  readonly borneBy: PartyId | null;
}

/** A clause on money that a dated fact would bring in. */
interface MoneySwitch {
  readonly clause: CitedClause;
  /** By axis, the value that the fact would have to have. */
  readonly when: CallFacts;
  /** What the split would be then. */
  readonly sharePpm: Readonly<Record<PartyId, Ppm>>;
}

export interface Revenue {
  /** Of the day that was asked about; sums to 1,000,000; a party that is absent gets nothing. */
  readonly sharePpm: Readonly<Record<PartyId, Ppm>>;
  /** In order of time, at least one; exactly one is in force. */
  readonly versions: readonly DatedSplit[];
  readonly caps: readonly ShareCap[];
  readonly commissions: readonly CommissionPaid[];
  /** At least one: those that split the revenue, which all ask for the same, then those that take a commission. */
  readonly by: readonly RevenuePart[];
  /** Clauses on money that speak of the call and yield to one of `by`, or to one that yields to it. */
  readonly setAside: readonly CitedClause[];
  readonly switches: readonly MoneySwitch[];
}

/** Null where the call is denied: nothing is sold. `date` is `YYYY-MM-DD`; `facts` are known to their axes. */
export function findRevenue(
  agreement: CompiledAgreement,
  ruling: Ruling,
  { facts, date }: { readonly facts: CallFacts; readonly date: string },
): Revenue | null {
  if (ruling.kind === "denied") return null;
  const { versions, caps, clauses } = ruling.money;
  const latest = versions.findLastIndex(({ from }) => from === null || from <= date);
  const dated = versions.map(({ from, legs }, index): DatedSplit => {
    return { from, sharePpm: partsOf(legs), legs, inForce: index === latest };
  });
  const onMoney = agreement.rules.filter(isOnMoney);
  const beside = onMoney.filter(
    ({ id, scope }) => inScope(scope, agreement.axes, facts) && !clauses.includes(id),
  );
  const by = citeClauses(agreement, clauses).map((clause) => ({
    clause,
    everywhere: isEverywhere(agreement, clause.id),
  }));
  return {
    sharePpm: dated[latest]?.sharePpm ?? ruling.sharePpm,
    versions: dated,
    caps,
    commissions: commissionsAmong(onMoney.filter(({ id }) => clauses.includes(id))),
    by,
    setAside: citeClauses(
      agreement,
      beside.map(({ id }) => id),
    ),
    switches: onMoney.flatMap((clause) => switchTo(agreement, clause, { facts, money: ruling.money })),
  };
}

function isOnMoney(rule: Rule): rule is BoundClause {
  return rule.kind === "clause" && (rule.remuneration !== null || rule.commission !== null);
}

function commissionsAmong(live: readonly BoundClause[]): readonly CommissionPaid[] {
  const net = live.some(({ remuneration }) => remuneration?.base === "net");
  return live.flatMap(({ id, commission }) => (commission === null ? [] : [paid(id, commission, net)]));
}

function paid(clause: ClauseId, commission: Commission, net: boolean): CommissionPaid {
  const { payee, commission_ppm: commissionPpm, borne_by: bearer } = commission;
  return { clause, payee, commissionPpm, borneBy: net ? null : bearer };
}

/** Nothing where anything but dated facts keeps the clause from speaking, or where it would change nothing. */
function switchTo(
  agreement: CompiledAgreement,
  { id, scope }: BoundClause,
  { facts, money }: { readonly facts: CallFacts; readonly money: MoneyTerms },
): readonly MoneySwitch[] {
  const missing = agreement.axes.filter(({ name }, position) => !scope[position]?.has(facts[name] ?? ""));
  if (missing.length === 0 || missing.some(({ source }) => source !== "fact")) return [];
  const entries = missing.map(({ name }) => {
    const [value = ""] = scope[agreement.axes.findIndex((axis) => axis.name === name)] ?? [];
    return [name, value] as const;
  });
  const when = Object.fromEntries(entries);
  const then = decide(agreement, { ...facts, ...when });
  if (then.kind === "denied" || sameMoney(then.money, money) || !then.moneyClauses.includes(id)) return [];
  return citeClauses(agreement, [id]).map((clause) => ({ clause, when, sharePpm: then.sharePpm }));
}

function isEverywhere({ reduced, providers }: CompiledAgreement, clause: string): boolean {
  const hosts = new Set(
    reduced.outcomes.flatMap((outcome) =>
      outcome.kind === "allowed" && outcome.moneyClauses.includes(clause) ? outcome.providers : [],
    ),
  );
  return providers.every((provider) => hosts.has(provider));
}
