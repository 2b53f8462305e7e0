/** Who earns from a call, from when on and up to what, in a few words. */

import { partsOf } from "../../agreement/money.ts";
import type { MoneyTerms, ShareCap } from "../../domain/money.ts";
import { formatUsdExact } from "../../domain/units.ts";
import { splitText } from "./answers.ts";
import { grouped } from "./columns.ts";

/** `microsoft 20 %, openai 80 %; from 2031-01-01 openai 100 %; C11 at most 38,000,000,000 USD in all`. */
export function moneyText({ versions, caps }: Pick<MoneyTerms, "versions" | "caps">): string {
  const parts = versions.map(
    ({ from, legs }) => `${from === null ? "" : `from ${from} `}${splitText(partsOf(legs))}`,
  );
  return [...parts, ...caps.map((cap) => `${cap.clause} ${limitText(cap)}`)].join("; ");
}

/** `at most 38,000,000,000 USD in all`, `at most 0.5 USD a month`; exact. */
export function limitText({ limitPicoUsd, scope }: Pick<ShareCap, "limitPicoUsd" | "scope">): string {
  const [whole = "", fraction = ""] = formatUsdExact(BigInt(limitPicoUsd)).split(".");
  const decimals = fraction.replace(/0+$/, "");
  const dollars = `${grouped(BigInt(whole))}${decimals === "" ? "" : `.${decimals}`}`;
  return `at most ${dollars} USD ${scope === "lifetime" ? "in all" : "a month"}`;
}
