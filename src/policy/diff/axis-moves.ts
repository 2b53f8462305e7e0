/** What can happen to a fact about a call from one policy to another, though the call is the same. */

import { factsAt } from "../../agreement/facts.ts";
import { dayWithin, type Policy } from "../policy.ts";
import { changesClass, type Reclassified } from "./reclassified.ts";

/** The value of an axis before and after; null where there is none, so that the call is refused. */
export interface AxisMove {
  readonly axis: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** Each pair of different classes once, whatever the evidence. */
export function classMoves({ rows }: Reclassified): readonly AxisMove[] {
  const pairs = new Map<string, AxisMove>();
  for (const { from, to } of rows.filter(changesClass)) {
    const move = { axis: "workload", from: from.workload, to: to.workload };
    pairs.set(`${from.workload} ${to.workload}`, move);
  }
  return [...pairs.values()];
}

/** Days of the head start on either side. */
export interface HeadStartDays {
  readonly before: number;
  readonly after: number;
}

const HEAD_START = "head-start";

/** Null where the days are the same, or neither agreement asks. */
export function compareHeadStart(before: Policy, after: Policy): HeadStartDays | null {
  if (!asksAbout(before, HEAD_START) && !asksAbout(after, HEAD_START)) return null;
  const [left = 0, right = 0] = [before, after].map(
    ({ facts, agreement }) => facts.head_start.days[agreement.choices.A22] ?? 0,
  );
  return left === right ? null : { before: left, after: right };
}

/** A longer head start still runs where the shorter one is over. */
export function headStartMoves(days: HeadStartDays | null): readonly AxisMove[] {
  if (days === null) return [];
  const grows = days.after > days.before;
  return [{ axis: HEAD_START, from: grows ? "over" : "running", to: grows ? "running" : "over" }];
}

/**
 * For each dated fact that either agreement asks about, its values on one day that differ. As with the calls themselves, a side
 * that is not in force on that day is asked as of its own first one.
 */
export function factMoves(before: Policy, after: Policy): readonly (readonly AxisMove[])[] {
  const sides = [before, after] as const;
  const asked = Object.keys(before.facts.facts).filter((axis) => sides.some((side) => asksAbout(side, axis)));
  const days = turningDays(sides);
  return asked.map((axis) => {
    const pairs = new Map<string, AxisMove>();
    for (const day of days) {
      const [from = null, to = null] = sides.map(
        ({ facts, agreement }) => factsAt(facts, dayWithin(agreement.effective, day))[axis],
      );
      if (from !== to) pairs.set(`${from} ${to}`, { axis, from, to });
    }
    return [...pairs.values()];
  });
}

const BEFORE_ALL_DAYS = "0000-01-01";

/** Between two of these days, one after the other, nothing that depends on the date changes. */
function turningDays(sides: readonly Policy[]): readonly string[] {
  const days = sides.flatMap(({ facts, agreement: { effective } }) => [
    effective.from,
    ...(effective.to === null ? [] : [effective.to]),
    ...Object.values(facts.facts).flatMap((dated) => dated.map(({ from }) => from)),
  ]);
  return [...new Set([BEFORE_ALL_DAYS, ...days])];
}

/** Whether a clause of the agreement tells values of the axis apart. */
function asksAbout({ agreement }: Policy, name: string): boolean {
  return agreement.reduced.space.facets.some(({ axis, groups }) => axis.name === name && groups.length > 1);
}
