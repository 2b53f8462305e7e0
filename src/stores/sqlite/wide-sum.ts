/** Sums beyond int64, where SQLite's own sum ends: in two limbs of 32 bits, high x 2^32 + low, the low one never negative. */

import type { Row } from "../columns.ts";

/** Integers below 2^53, so that adding to them costs less than a bigint; each holds some 2^20 values. */
export interface Limbs {
  hi: number;
  lo: number;
}

const LIMB = 4_294_967_296;

/** Adds any int64, exactly. */
export function addTo(sum: Limbs, value: number | bigint): void {
  if (typeof value === "number") {
    // Dividing by a power of two is exact, and so is what rounding down leaves.
    const hi = Math.floor(value / LIMB);
    sum.hi += hi;
    sum.lo += value - hi * LIMB;
  } else {
    sum.hi += Number(value >> 32n);
    sum.lo += Number(value & 4_294_967_295n);
  }
}

/** The same sum with a low limb from 0 to 2^32-1. */
export function carried({ hi, lo }: Limbs): Limbs {
  const carry = Math.floor(lo / LIMB);
  return { hi: hi + carry, lo: lo - carry * LIMB };
}

/** What an upsert of limbs sets: the two of the row and the two given, added with carry. */
export function limbUpdate(column: string): string {
  const low = `${column}_lo + excluded.${column}_lo`;
  return `${column}_hi = ${column}_hi + excluded.${column}_hi + ((${low}) >> 32), ${column}_lo = (${low}) & 4294967295`;
}

/** The two columns of a sum over limbs; each holds the sum of 2^31 rows. */
export function limbSums(column: string): string {
  return `sum(${column}_hi) AS ${column}_hi, sum(${column}_lo) AS ${column}_lo`;
}

/** A sum over no rows is null: nothing was counted. */
export function joinLimbs(row: Row, column: string): bigint {
  const high = row[`${column}_hi`];
  const low = row[`${column}_lo`];
  return (typeof high === "bigint" ? high << 32n : 0n) + (typeof low === "bigint" ? low : 0n);
}
