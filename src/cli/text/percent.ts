/** A part of a whole for people to read. Display only: nothing is computed from it. */

/**
 * With two decimals, such as `12.34 %`, half away from zero. `100 %` and `0 %` are said of exactly all and nothing only, so what
 * would round to them is `> 99.99 %` or `< 0.01 %`; `-` where there is no whole. The part is between 0 and the whole.
 */
export function percent(part: bigint | number, whole: bigint | number): string {
  const [some, all] = [BigInt(part), BigInt(whole)];
  if (all === 0n) return "-";
  if (some === 0n) return "0 %";
  if (some === all) return "100 %";
  const hundredths = (some * 20_000n + all) / (2n * all);
  if (hundredths === 0n) return "< 0.01 %";
  if (hundredths >= 10_000n) return "> 99.99 %";
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")} %`;
}
