/**
 * The meaning of an agreement, for one set of clauses that speak about a cell. Never depends on the order of the clauses.
 *
 * A clause that is overridden by another one of the set falls away. What is left is live:
 * - an obligation limits the call to its providers, a prohibition takes its providers away;
 * - a live permission widens the clauses it overrides by its own providers, and no others;
 * - where no obligation limits the call, the live permissions together say where it may go;
 * - no live clause on hosting, or none that splits the revenue: gap. Nowhere left to go, or two different splits: conflict.
 *   What a split and the commissions on it come to is in money.ts.
 */

import type { Axis } from "../decision-table/axes.ts";
import type { BoundClause, Rule } from "./bind.ts";
import { partsOf, weighMoney } from "./money.ts";
import type { Ruling } from "./verdict.ts";

/** The ruling where exactly these rules speak; `rules` is in the order of the ids, and so are the ids in the ruling. */
export function ruleOn(rules: readonly Rule[]): Ruling {
  return Object.freeze(weigh(rules));
}

/** The ruling for a call with an unknown value on this axis. */
export function unclassifiable(axis: Axis): Ruling {
  const known = axis.values.map((value) => `\`${value}\``).join(", ");
  return Object.freeze({
    kind: "denied",
    reason: "unclassifiable",
    clauses: Object.freeze([]),
    axis: axis.name,
    message: `the \`${axis.name}\` of the call is not known to the agreement`,
    remedy: `it must be one of ${known}`,
  });
}

function weigh(rules: readonly Rule[]): Ruling {
  const impossible = rules.find((rule) => rule.kind === "infeasible");
  if (impossible !== undefined) {
    const message = `such a call cannot exist: ${impossible.because}`;
    return denied("infeasible", [impossible.id], message, null);
  }
  const speaking = rules.filter((rule) => rule.kind === "clause");
  const hosting = findHosts(speaking);
  if (hosting.kind === "denied") return hosting;
  const weighed = weighMoney(liveOnes(speaking));
  if (weighed.kind === "unclear") {
    return denied(weighed.reason, weighed.clauses, weighed.message, weighed.remedy);
  }
  const { money } = weighed;
  const deciding = hosting.deciding.map((clause) => clause.id);
  const cited = new Set(hosting.deciding.flatMap((clause) => [...clause.restsOn]));
  const restedOn = speaking.filter((clause) => cited.has(clause.id)).map((clause) => clause.id);
  return {
    kind: "allowed",
    providers: Object.freeze([...hosting.providers].sort()),
    clauses: Object.freeze([...deciding, ...restedOn]),
    moneyClauses: money.clauses,
    sharePpm: partsOf(money.versions[0]?.legs ?? []),
    money,
  };
}

type Denied = Extract<Ruling, { kind: "denied" }>;

interface Hosts {
  readonly kind: "hosts";
  readonly providers: ReadonlySet<string>;
  readonly deciding: readonly BoundClause[];
}

function findHosts(speaking: readonly BoundClause[]): Hosts | Denied {
  const { limits, bans, permissions } = hostingTerms(speaking);
  if (limits.length === 0 && permissions.length === 0) {
    return denied(
      "gap",
      [],
      "no clause says where such a call may be hosted",
      "add a clause that covers it, or list it under `infeasible` with the reason",
    );
  }
  // Where something limits the call, a permission that widens none of the limits has no say.
  const granting = limits.length === 0 ? permissions : [];
  const sets = limits.length === 0 ? [union(permissions)] : limits.map((limit) => limit.within);
  const providers = [...(sets[0] ?? [])].filter(
    (provider) =>
      sets.every((set) => set.has(provider)) &&
      !bans.some((ban) => ban.clause.providers.has(provider) && !ban.lifted.has(provider)),
  );
  const by = new Set([...granting, ...[...limits, ...bans].flatMap((limit) => limit.by)]);
  const deciding = speaking.filter((clause) => by.has(clause));
  if (providers.length > 0) return { kind: "hosts", providers: new Set(providers), deciding };
  const ids = deciding.map((clause) => clause.id);
  return denied(
    "conflict",
    ids,
    `${ids.join(" and ")} leave no provider`,
    "name one clause as an exception to the other, on both sides",
  );
}

export interface HostingTerms {
  /** The obligations that hold the call: it may go only where all of them let it. */
  readonly limits: readonly Limit[];
  readonly bans: readonly Limit[];
  /** Live ones, in the order of their ids. */
  readonly permissions: readonly BoundClause[];
}

/** What the clauses that speak about one cell say of its hosts, before it is put together. */
export function hostingTerms(speaking: readonly BoundClause[]): HostingTerms {
  const live = liveOnes(speaking);
  const permissions = live.filter((clause) => clause.modality === "permission");
  return {
    limits: speaking.flatMap((clause) => limitOf(clause, "obligation", live, permissions)),
    bans: speaking.flatMap((clause) => limitOf(clause, "prohibition", live, permissions)),
    permissions,
  };
}

interface Limit {
  readonly clause: BoundClause;
  /** What an obligation leaves, once widened. */
  readonly within: ReadonlySet<string>;
  /** What permissions give back of a prohibition. */
  readonly lifted: ReadonlySet<string>;
  /** Who decides: the clause itself, or the permissions that widen it. */
  readonly by: readonly BoundClause[];
}

/** The limit that a clause of this modality sets: as it stands if live, widened if only permissions override it, or none. */
function limitOf(
  clause: BoundClause,
  modality: "obligation" | "prohibition",
  live: readonly BoundClause[],
  permissions: readonly BoundClause[],
): readonly Limit[] {
  if (clause.modality !== modality) return [];
  if (live.includes(clause)) return [{ clause, within: clause.providers, lifted: new Set(), by: [clause] }];
  const overriding = live.filter((other) => other.overrides.has(clause.id));
  const widening = permissions.filter((other) => other.overrides.has(clause.id));
  if (widening.length === 0 || widening.length < overriding.length) return [];
  return [{ clause, within: union([clause, ...widening]), lifted: union(widening), by: widening }];
}

function liveOnes(speaking: readonly BoundClause[]): readonly BoundClause[] {
  return speaking.filter((clause) => !speaking.some((other) => other.overrides.has(clause.id)));
}

function union(clauses: readonly BoundClause[]): ReadonlySet<string> {
  return new Set(clauses.flatMap((clause) => [...clause.providers]));
}

function denied(
  reason: "gap" | "conflict" | "infeasible",
  clauses: readonly string[],
  message: string,
  remedy: string | null,
): Denied {
  return { kind: "denied", reason, clauses: Object.freeze([...clauses]), axis: null, message, remedy };
}
