/** What differs between two decisions on the same call. */

import { sameMoney } from "../../agreement/money.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import type { ClauseId, PartyId, ProviderId } from "../../domain/call.ts";
import type { MoneyTerms } from "../../domain/money.ts";

/** From what weighs most to what weighs least. */
export const CHANGE_KINDS = ["looser", "incomparable", "tighter", "split-only", "citation-only"] as const;
/** `incomparable`: providers are gained and others lost; the last two: the hosts stay the same. */
type ChangeKind = (typeof CHANGE_KINDS)[number];

interface HostsSide {
  /** In alphabetical order; empty where the call is denied. */
  readonly providers: readonly ProviderId[];
  /** Why it is denied, or null. */
  readonly denied: "gap" | "conflict" | "infeasible" | "unclassifiable" | null;
  readonly clauses: readonly ClauseId[];
}

interface SplitSide {
  /** Before any dated change. */
  readonly sharePpm: Readonly<Record<PartyId, number>>;
  readonly money: MoneyTerms;
  readonly clauses: readonly ClauseId[];
}

export interface Change {
  readonly kind: ChangeKind;
  readonly before: HostsSide;
  readonly after: HostsSide;
  /** Providers that become possible, in alphabetical order. */
  readonly gained: readonly ProviderId[];
  /** Providers that are no longer possible, in alphabetical order. */
  readonly lost: readonly ProviderId[];
  /** Null where the same clauses give the same parts on the same terms. A side is null where the call is denied: nobody earns from it. */
  readonly split: { readonly before: SplitSide | null; readonly after: SplitSide | null } | null;
}

/** What changes from one ruling to the other; null where nothing does that a call or a citation could show. */
export function changeBetween(before: Ruling, after: Ruling): Change | null {
  if (before === after) return null;
  const [left, right] = [hostsOf(before), hostsOf(after)];
  const [leftSplit, rightSplit] = [splitOf(before), splitOf(after)];
  const gained = right.providers.filter((each) => !left.providers.includes(each));
  const lost = left.providers.filter((each) => !right.providers.includes(each));
  const split = sameText(leftSplit, rightSplit) ? null : { before: leftSplit, after: rightSplit };
  if (split === null && sameText(left, right)) return null;
  return { kind: kindOf(before, after, gained, lost), before: left, after: right, gained, lost, split };
}

/** Whether other parts go to the parties, at any time or up to other limits, not only by other clauses; never where a side is denied. */
export function movesMoney({ split }: Pick<Change, "split">): boolean {
  if (split === null || split.before === null || split.after === null) return false;
  return !sameMoney(split.before.money, split.after.money);
}

function kindOf(
  before: Ruling,
  after: Ruling,
  gained: readonly ProviderId[],
  lost: readonly ProviderId[],
): ChangeKind {
  if (gained.length > 0) return lost.length > 0 ? "incomparable" : "looser";
  if (lost.length > 0) return "tighter";
  const allowed = before.kind === "allowed" && after.kind === "allowed";
  return allowed && !sameMoney(before.money, after.money) ? "split-only" : "citation-only";
}

function hostsOf(ruling: Ruling): HostsSide {
  const { clauses } = ruling;
  return ruling.kind === "denied"
    ? { providers: [], denied: ruling.reason, clauses }
    : { providers: ruling.providers, denied: null, clauses };
}

function splitOf(ruling: Ruling): SplitSide | null {
  if (ruling.kind === "denied") return null;
  const { sharePpm, money, moneyClauses: clauses } = ruling;
  return { sharePpm, money, clauses };
}

/** Parties, providers and clauses stand in their canonical order, so equal sides are equal text. */
function sameText(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
