/** Decimal text read exactly: no float touches a price. */

/** An exact number: numerator over a positive denominator, not necessarily in lowest terms. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const DECIMAL = /^(\d{1,9})(?:\.(\d{1,18}))?$/;
const FRACTION = /^(\d{1,9})\/([1-9]\d{0,8})$/;

/** Reads unsigned decimal text such as `0.0055`; null for anything else (sign, exponent, blank, over 9 or 18 digits). */
export function parseDecimal(text: string): Rational | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const fraction = match[2] ?? "";
  return { numerator: BigInt(`${match[1]}${fraction}`), denominator: 10n ** BigInt(fraction.length) };
}

/** Reads decimal text, or a fraction such as `11/10`; null for anything else. */
export function parseFactor(text: string): Rational | null {
  const match = FRACTION.exec(text);
  if (!match) return parseDecimal(text);
  return { numerator: BigInt(match[1] ?? ""), denominator: BigInt(match[2] ?? "") };
}

/** `amount` x `factor` as an integer; null where that is not integral. */
export function multiplyExactly(amount: bigint, factor: Rational): bigint | null {
  const product = amount * factor.numerator;
  return product % factor.denominator === 0n ? product / factor.denominator : null;
}

/** Writes picodollars per token as dollars per million tokens, exactly, with at least two decimals: `0.275`, `15.00`. */
export function formatPerMtok(picoPerToken: bigint): string {
  const fraction = (picoPerToken % 1_000_000n).toString().padStart(6, "0");
  return `${picoPerToken / 1_000_000n}.${fraction.replace(/0{1,4}$/, "")}`;
}

/** `part / whole` in lowest terms, such as `11/10` or `2`; `whole` is not 0. */
export function ratioText(part: bigint, whole: bigint): string {
  const divisor = greatestCommonDivisor(part, whole);
  const denominator = whole / divisor;
  return denominator === 1n ? `${part / divisor}` : `${part / divisor}/${denominator}`;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
