/** Decimal text read exactly: no float touches a price. */

/** An exact number: numerator over a positive denominator, not necessarily in lowest terms. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const DECIMAL = /^(\d{1,9})(?:\.(\d{1,18}))?$/;

/** Reads unsigned decimal text such as `0.0055`; null for anything else (sign, exponent, blank, over 9 or 18 digits). */
export function parseDecimal(text: string): Rational | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const fraction = match[2] ?? "";
  return { numerator: BigInt(`${match[1]}${fraction}`), denominator: 10n ** BigInt(fraction.length) };
}

/** `amount` x `factor` as an integer; null where that is not integral. */
export function multiplyExactly(amount: bigint, factor: Rational): bigint | null {
  const product = amount * factor.numerator;
  return product % factor.denominator === 0n ? product / factor.denominator : null;
}
