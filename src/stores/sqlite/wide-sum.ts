/** Sums beyond int64, where SQLite's own sum ends: taken in two limbs of 32 bits and joined here. */

export type Row = Readonly<Record<string, unknown>>;

/**
 * The two columns of a sum over `column`. Each limb holds the sum of 2^31 rows of any int64. `>>` keeps the sign, so
 * high x 2^32 + low is the value, also below zero.
 */
export function limbs(column: string): string {
  return `sum(${column} >> 32) AS ${column}_high, sum(${column} & 4294967295) AS ${column}_low`;
}

/** The same for limbs that were summed before, by group. */
export function limbsOfSums(column: string): string {
  return `sum(${column}_high) AS ${column}_high, sum(${column}_low) AS ${column}_low`;
}

/** A sum over no rows, or over nulls only, is null: nothing was counted. */
export function joinLimbs(row: Row, column: string): bigint {
  const high = row[`${column}_high`];
  const low = row[`${column}_low`];
  return (typeof high === "bigint" ? high << 32n : 0n) + (typeof low === "bigint" ? low : 0n);
}
