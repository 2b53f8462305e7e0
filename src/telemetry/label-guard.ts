/** Keeps labels in their closed sets, so that no caller can grow the number of series. */

/** Maps a value to one of a closed set: itself when known, `none` for null, else `other`, which is counted. */
export type LabelGuard = (value: string | null) => string;

/** Makes the guard of one label, which reads `known` at each value, so the set may grow; `onOverflow` is called for each value outside it. */
export function createLabelGuard(known: ReadonlySet<string>, onOverflow: () => void): LabelGuard {
  return (value) => {
    if (value === null || value === "none") return "none";
    if (known.has(value)) return value;
    onOverflow();
    return "other";
  };
}
