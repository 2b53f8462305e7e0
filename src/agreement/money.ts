/**
 * The meaning of the clauses on money that are live for one cell: who earns which part of the gross, from when on and up to
 * where. Whatever the clauses compute from, the terms are parts per million of the gross, so a ledger multiplies once.
 *
 * - All live remunerations must say the same; the first of them, by id, stands for all.
 * - A commission is a part of the gross. It is taken out of the part of the party that bears it or, where the shares are of
 *   what commissions leave (`base: net`), off the top.
 * - A part that is no whole number of ppm, or below zero, is a conflict: nothing is rounded here.
 */

import type { PartyId } from "../domain/call.ts";
import type { MoneyTerms, ShareCap, ShareLeg, ShareVersion } from "../domain/money.ts";
import { parseUsd, ppm, WHOLE_PPM, type Ppm } from "../domain/units.ts";
import type { BoundClause } from "./bind.ts";
import { canonicalText } from "./digest.ts";
import type { Commission, Remuneration } from "./money-schema.ts";

export type Weighed =
  | { readonly kind: "terms"; readonly money: MoneyTerms }
  | {
      readonly kind: "unclear";
      readonly reason: "gap" | "conflict";
      /** The clauses in conflict; none where none speaks. */
      readonly clauses: readonly string[];
      readonly message: string;
      readonly remedy: string;
    };

/** `live` are clauses that no other one overrides, in the order of their ids; those that are not on money do not count. */
export function weighMoney(live: readonly BoundClause[]): Weighed {
  const splits = live.flatMap(({ id, remuneration }) =>
    remuneration === null ? [] : [{ id, remuneration }],
  );
  const commissions = live.flatMap(({ id, commission }) => (commission === null ? [] : [{ id, commission }]));
  const [split] = splits;
  if (split === undefined) {
    const message = "no clause says who earns from such a call";
    return unclear("gap", [], message, "add a remuneration clause that covers it");
  }
  const ids = splits.map(({ id }) => id);
  if (new Set(splits.map(({ remuneration }) => meaningOf(remuneration))).size > 1) {
    const message = `${ids.join(" and ")} split the revenue differently`;
    return unclear("conflict", ids, message, "name one clause as an exception to the other, on both sides");
  }
  const versions: ShareVersion[] = [];
  for (const { from, shares } of datedShares(split.remuneration)) {
    const legs = legsOf({ id: split.id, shares, base: split.remuneration.base, commissions });
    if (typeof legs === "string") {
      const clauses = [...ids, ...commissions.map(({ id }) => id)];
      const when = from === null ? "" : `from ${from} on `;
      return unclear("conflict", clauses, `${when}${legs}`, "change the shares or the commission");
    }
    versions.push(Object.freeze({ from, legs: Object.freeze(legs) }));
  }
  return {
    kind: "terms",
    money: Object.freeze({
      clauses: Object.freeze([...ids, ...commissions.map(({ id }) => id)]),
      versions: Object.freeze(versions),
      caps: Object.freeze(capsOf(split)),
    }),
  };
}

/** The legs by party, whatever their clauses; in alphabetical order, at least one. */
export function partsOf(legs: readonly ShareLeg[]): Readonly<Record<PartyId, Ppm>> {
  const parts = new Map<PartyId, number>();
  for (const { party, sharePpm } of legs) parts.set(party, (parts.get(party) ?? 0) + sharePpm);
  const entries = [...parts].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.freeze(Object.fromEntries(entries.map(([party, share]) => [party, ppm(share)])));
}

/** Whether two terms come to the same parts for the same parties at all times, under the same limits. */
export function sameMoney(one: MoneyTerms, other: MoneyTerms): boolean {
  return effectOf(one) === effectOf(other);
}

/** Terms are few, and compared with each other for every pair of decisions. */
const effects = new WeakMap<MoneyTerms, string>();

/** The terms without the names of their clauses, as text. */
export function effectOf(money: MoneyTerms): string {
  const known = effects.get(money);
  if (known !== undefined) return known;
  const { versions, caps } = money;
  const parts = versions.map(({ from, legs }) => [from, partsOf(legs)]);
  const limits = caps.map(({ clause, scope, limitPicoUsd }) => {
    const limited = versions.map(({ legs }) => partsOf(legs.filter((leg) => leg.clause === clause)));
    return [scope, limitPicoUsd, limited];
  });
  const text = JSON.stringify([parts, limits]);
  effects.set(money, text);
  return text;
}

interface Split {
  readonly id: string;
  readonly remuneration: Remuneration;
}

interface Due {
  readonly id: string;
  readonly commission: Commission;
}

/** Text that is the same for two remunerations that come to the same, however they are written. */
function meaningOf(remuneration: Remuneration): string {
  const { base, cap } = remuneration;
  const limit = cap === undefined ? null : `${parseUsd(cap.usd)} ${cap.scope}`;
  const versions = datedShares(remuneration).map(({ from, shares }) => ({ from, shares: earning(shares) }));
  return canonicalText({ base, limit, versions });
}

/** Without the parties that have nothing. */
export function earning(shares: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(shares).filter(([, share]) => share > 0));
}

function datedShares({ share_ppm, rates }: Remuneration): readonly {
  readonly from: string | null;
  readonly shares: Readonly<Record<string, number>>;
}[] {
  return [
    { from: null, shares: share_ppm },
    ...rates.map(({ from, share_ppm: shares }) => ({ from, shares })),
  ];
}

/** The legs of one version, or why there are none. Parties stand in alphabetical order, then commissions in that of their ids. */
function legsOf({
  id,
  shares,
  base,
  commissions,
}: {
  readonly id: string;
  readonly shares: Readonly<Record<string, number>>;
  readonly base: Remuneration["base"];
  readonly commissions: readonly Due[];
}): readonly ShareLeg[] | string {
  const due = commissions.reduce((sum, { commission }) => sum + commission.commission_ppm, 0);
  const names = commissions.map((each) => each.id).join(" and ");
  if (due > WHOLE_PPM) return `${names} take ${due} ppm, which is more than there is`;
  const parts = new Map<string, number>();
  for (const [party, share] of Object.entries(shares).sort(([a], [b]) => (a < b ? -1 : 1))) {
    // At most 10^12, so the product is exact.
    const scaled = base === "net" ? share * (WHOLE_PPM - due) : share * WHOLE_PPM;
    if (scaled % WHOLE_PPM !== 0) {
      return `${id} gives ${party} ${share} ppm of the ${WHOLE_PPM - due} ppm left by ${names}, which is no whole number of ppm of the gross`;
    }
    parts.set(party, scaled / WHOLE_PPM);
  }
  for (const { id: by, commission } of base === "net" ? [] : commissions) {
    const { borne_by: bearer, commission_ppm: taken } = commission;
    const left = (parts.get(bearer) ?? 0) - taken;
    if (left < 0) {
      return `${by} takes ${taken} ppm out of the part of ${bearer}, who has ${left + taken} ppm of ${id} left`;
    }
    parts.set(bearer, left);
  }
  const legs = [
    ...[...parts].map(([party, share]) => ({ clause: id, party, share })),
    ...commissions.map((each) => ({
      clause: each.id,
      party: each.commission.payee,
      share: each.commission.commission_ppm,
    })),
  ];
  const sum = legs.reduce((total, { share }) => total + share, 0);
  if (sum !== WHOLE_PPM) return `the parts of ${id} sum to ${sum} ppm, they must sum to ${WHOLE_PPM}`;
  return legs
    .filter(({ share }) => share > 0)
    .map(({ clause, party, share }) => Object.freeze({ clause, party, sharePpm: ppm(share) }));
}

function capsOf({ id, remuneration: { cap } }: Split): readonly ShareCap[] {
  if (cap === undefined) return [];
  return [Object.freeze({ clause: id, scope: cap.scope, limitPicoUsd: parseUsd(cap.usd).toString() })];
}

function unclear(
  reason: "gap" | "conflict",
  clauses: readonly string[],
  message: string,
  remedy: string,
): Weighed {
  return { kind: "unclear", reason, clauses, message, remedy };
}
