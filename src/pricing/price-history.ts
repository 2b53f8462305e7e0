/**
 * Which price holds on a day, as far as was known on another day. A price learned later edits nothing: its row says which
 * one it stands in for, and whoever asks as of an earlier day still gets the old answer.
 */

import { closeVersions, versionAt, type DateClash, type Dated } from "./validity.ts";

export interface Recorded extends Dated {
  readonly id: string;
  /** The day we learned it, `YYYY-MM-DD`. */
  readonly recordedAt: string;
  /** Id of the version that this one stands in for, from its recording on. */
  readonly supersedes: string | null;
}

/** What was known from a day on: versions in order of start, none overlapping. */
interface Snapshot<V> {
  readonly knownFrom: string;
  readonly versions: readonly V[];
}

/** At least one snapshot, oldest first; the last is what is known now. */
export type PriceHistory<V> = readonly Snapshot<V>[];

/** The version in force at `date` as known at the end of `asOf` (null: now), both `YYYY-MM-DD`; null where there is none. */
export function priceAt<V extends Recorded>(
  history: PriceHistory<V> | undefined,
  date: string,
  asOf: string | null,
): V | null {
  return versionAt(knownAt(history, asOf), date);
}

/** All versions known at the end of `asOf` (null: now), in order of start. */
export function knownAt<V extends Recorded>(
  history: PriceHistory<V> | undefined,
  asOf: string | null,
): readonly V[] {
  const snapshot = asOf === null ? history?.at(-1) : history?.findLast(({ knownFrom }) => knownFrom <= asOf);
  return snapshot?.versions ?? [];
}

/** A clash of dates, or a row that stands in for none. */
export interface HistoryClash extends Omit<DateClash, "field"> {
  readonly field: DateClash["field"] | "supersedes";
}

/** Builds the history of one price; what was known on no day overlaps. `index` of a clash is the place in `versions`. */
export function historyOf<V extends Recorded>(
  versions: readonly V[],
): { readonly history: PriceHistory<V>; readonly clashes: readonly HistoryClash[] } {
  const clashes = new Map<string, HistoryClash>();
  const add = (clash: HistoryClash): void => {
    const key = `${clash.index} ${clash.field}`;
    if (!clashes.has(key)) clashes.set(key, clash);
  };
  versions.forEach((version, index) => {
    const message = findLooseEnd(version, versions);
    if (message !== null) add({ index, field: "supersedes", message });
  });
  const days = [...new Set(versions.map(({ recordedAt }) => recordedAt))].toSorted();
  const history = days.map((day): Snapshot<V> => {
    const recorded = versions.filter(({ recordedAt }) => recordedAt <= day);
    const replaced = new Set(recorded.map(({ supersedes }) => supersedes));
    const standing = recorded.filter(({ id }) => !replaced.has(id));
    const closed = closeVersions(standing);
    for (const clash of closed.clashes) {
      add({ ...clash, index: versions.indexOf(standing[clash.index] as V) });
    }
    return { knownFrom: day, versions: closed.closed };
  });
  return { history, clashes: [...clashes.values()] };
}

function findLooseEnd(version: Recorded, all: readonly Recorded[]): string | null {
  if (version.supersedes === null) return null;
  const replaced = all.find(({ id }) => id === version.supersedes);
  if (!replaced) return `there is no version \`${version.supersedes}\` of this price`;
  if (replaced.recordedAt < version.recordedAt) return null;
  return `\`${replaced.id}\` was recorded on ${replaced.recordedAt}, so this one must be recorded later`;
}
