/** Rounding to the nearest whole, half to even: the one rule by which the ledger rounds. */

/** `numerator / denominator`, rounded; the denominator is above zero. */
export function roundHalfEven(numerator: bigint, denominator: bigint): bigint {
  const rest = ((numerator % denominator) + denominator) % denominator;
  const floor = (numerator - rest) / denominator;
  const doubled = rest * 2n;
  if (doubled < denominator) return floor;
  return doubled > denominator || floor % 2n !== 0n ? floor + 1n : floor;
}
