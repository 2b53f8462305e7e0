/** When a price holds: from its first day (inclusive) to the first day it no longer does (exclusive). */

/** ISO dates compare as text. `from` null: since ever; `to` null: until further notice. */
export interface Dated {
  readonly from: string | null;
  readonly to: string | null;
}

/** The version in force at `date` (`YYYY-MM-DD`), or null. Versions must not overlap; see `closeVersions`. */
export function versionAt<T extends Dated>(versions: readonly T[], date: string): T | null {
  const found = versions.find(
    ({ from, to }) => (from === null || from <= date) && (to === null || date < to),
  );
  return found ?? null;
}

/** How a version's dates clash with the others; `index` is its place in the list given. */
export interface DateClash {
  readonly index: number;
  readonly field: "from" | "to";
  readonly message: string;
}

/**
 * Orders the versions of one price by start and ends one of unknown start and end where its successor begins: of such a
 * price only the order is known. Two versions that hold on one day are a clash, never a matter of precedence; days
 * between versions stay without a price.
 */
export function closeVersions<T extends Dated>(
  versions: readonly T[],
): { readonly closed: readonly T[]; readonly clashes: readonly DateClash[] } {
  const ordered = versions.map((version, index) => ({ version, index }));
  ordered.sort((a, b) => compareStarts(a.version.from, b.version.from));
  const clashes: DateClash[] = [];
  const closed = ordered.map(({ version, index }, place): T => {
    const next = ordered[place + 1];
    const end = version.from === null && version.to === null ? (next?.version.from ?? null) : version.to;
    if (version.from !== null && end !== null && end <= version.from) {
      clashes.push({
        index,
        field: "to",
        message: `the end \`${end}\` must be after the start \`${version.from}\``,
      });
    }
    if (next && !(end !== null && next.version.from !== null && end <= next.version.from)) {
      clashes.push({
        index: next.index,
        field: "from",
        message: `overlaps the version from \`${version.from ?? "an unknown date"}\`: end that one at the day this one starts`,
      });
    }
    return { ...version, to: end };
  });
  return { closed, clashes };
}

function compareStarts(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  return b === null || a > b ? 1 : -1;
}
