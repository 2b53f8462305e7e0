/** A decision in a few words. */

import type { Ruling } from "../../agreement/verdict.ts";
import { grouped } from "./columns.ts";
import { rateText } from "./statement-money.ts";

/** `azure only`, `aws or azure`, `any provider`, `denied (gap)`. */
export function hostsText(ruling: Ruling, all: readonly string[]): string {
  if (ruling.kind === "denied") return `denied (${ruling.reason})`;
  const { providers } = ruling;
  if (providers.length === all.length) return "any provider";
  return providers.length === 1 ? `${providers[0] ?? ""} only` : listed(providers, "or");
}

/** `microsoft 20 %, openai 80 %`, the parties in alphabetical order. */
export function splitText(sharePpm: Readonly<Record<string, number>>, exact = false): string {
  return Object.entries(sharePpm)
    .map(([party, ppm]) => `${party} ${rateText(ppm)}${exact ? ` (${grouped(ppm)} ppm)` : ""}`)
    .join(", ");
}

/** `a, b or c` */
export function listed(words: readonly string[], last: "and" | "or"): string {
  const [end] = words.slice(-1);
  return words.length < 2 ? (end ?? "") : `${words.slice(0, -1).join(", ")} ${last} ${end ?? ""}`;
}
