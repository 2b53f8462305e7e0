/** Amounts and rates as a statement prints them: exact, and easy on the eye. */

import { formatUsdExact } from "../../domain/units.ts";
import { grouped } from "./columns.ts";

/** All twelve decimals, a comma between thousands: `38,000,000,000.000000000000`. */
export function usdText(amountPicoUsd: bigint): string {
  const [whole = "", fraction = ""] = formatUsdExact(amountPicoUsd).split(".");
  return `${grouped(whole)}.${fraction}`;
}

/** Parts per million as a percentage without idle zeroes: `20 %`, `3.3333 %`. */
export function rateText(ratePpm: number): string {
  const whole = Math.floor(ratePpm / 10_000);
  const fraction = String(ratePpm % 10_000)
    .padStart(4, "0")
    .replace(/0+$/, "");
  return `${whole}${fraction === "" ? "" : `.${fraction}`} %`;
}
