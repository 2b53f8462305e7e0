/** The units that money and shares are counted in. Amounts are exact; only their text for people is rounded. */

declare const unit: unique symbol;

/** An exact amount of money: 1 USD = 10^12 picodollars; equal to micro-USD per million tokens, per token. */
export type PicoUsd = bigint & { readonly [unit]: "PicoUsd" };

/** A share in parts per million: an integer from 0 to 1,000,000 (20 % = 200,000). */
export type Ppm = number & { readonly [unit]: "Ppm" };

const PICO_PER_USD = 1_000_000_000_000n;
export const WHOLE_PPM = 1_000_000;

/** Marks a bigint as an amount in picodollars. */
export function picoUsd(amount: bigint): PicoUsd {
  return amount as PicoUsd;
}

/**
 * Reads an amount in dollars written as plain decimal text, such as `38000000000` or `0.0025`; exact. Throws RangeError for
 * anything else: a sign, an exponent, a separator, more than twelve decimals.
 */
export function parseUsd(text: string): PicoUsd {
  const [, whole = "", fraction = ""] = /^(0|[1-9][0-9]*)(?:\.([0-9]{1,12}))?$/.exec(text) ?? [];
  if (whole === "") {
    throw new RangeError(
      `expected dollars as decimal text of at most 12 decimals such as \`38000000000\` or \`0.25\`, got \`${text}\``,
    );
  }
  return picoUsd(BigInt(whole) * PICO_PER_USD + BigInt(fraction.padEnd(12, "0")));
}

/** Marks an integer from 0 to 1,000,000 as a share; throws RangeError for anything else. */
export function ppm(value: number): Ppm {
  if (!Number.isInteger(value) || value < 0 || value > WHOLE_PPM) {
    throw new RangeError(`a share is an integer from 0 to 1000000 ppm, got \`${value}\``);
  }
  return value as Ppm;
}

/** Writes an amount in dollars with all twelve decimals, such as `0.002500000000`; exact, for files and tests. */
export function formatUsdExact(amount: bigint): string {
  const sign = amount < 0n ? "-" : "";
  const magnitude = amount < 0n ? -amount : amount;
  const fraction = (magnitude % PICO_PER_USD).toString().padStart(12, "0");
  return `${sign}${magnitude / PICO_PER_USD}.${fraction}`;
}

/** Writes an amount in dollars for people, with four decimals, half away from zero: `1.2346`. Display only. */
export function formatUsd(amount: bigint): string {
  const unit = 100_000_000n;
  const rounded = (amount < 0n ? amount - unit / 2n : amount + unit / 2n) / unit;
  const sign = rounded < 0n ? "-" : "";
  const magnitude = rounded < 0n ? -rounded : rounded;
  return `${sign}${magnitude / 10_000n}.${(magnitude % 10_000n).toString().padStart(4, "0")}`;
}
