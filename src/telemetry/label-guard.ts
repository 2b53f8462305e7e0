/** Keeps labels in their closed sets, so that no caller can grow the number of series. */

/** Maps a value to one of a closed set: itself when known, `none` for null, else `other`, which is counted. */
export type LabelGuard = (value: string | null) => string;

/** Makes the guard of one label; `onOverflow` is called for each value outside the set. */
export function createLabelGuard(known: Iterable<string>, onOverflow: () => void): LabelGuard {
  const values = new Set([...known, "none"]);
  return (value) => {
    if (value === null) return "none";
    if (values.has(value)) return value;
    onOverflow();
    return "other";
  };
}
