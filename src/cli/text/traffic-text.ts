/** Traffic in words: what it is, and what is missing from it. */

import type { Traffic } from "../../app/read-traffic.ts";
import { formatUsd } from "../../domain/units.ts";
import type { Weight } from "../../policy/traffic.ts";
import { counted, grouped } from "./columns.ts";

/** Such as `scenario mixed: 500 calls, 137,040 tokens, USD 0.8927 (simulated)`. */
export function trafficTitle({ title }: Traffic, total: Weight): string {
  const { calls, tokens, grossPicoUsd } = total;
  return `${title}: ${counted(calls, "call")}, ${grouped(tokens)} tokens, USD ${formatUsd(grossPicoUsd)} (simulated)`;
}

/** What a reader has to know of how it was counted; one line for each thing, none where there is nothing. */
export function trafficNotes(traffic: Traffic): readonly string[] {
  return [...(traffic.note === null ? [] : [traffic.note]), ...missingFromTraffic(traffic)];
}

/** Calls, or their dollars, that no number holds; a line for each kind. */
export function missingFromTraffic({ unreadable, unpriced }: Traffic): readonly string[] {
  const lines: string[] = [];
  if (unreadable.calls > 0) {
    lines.push(
      `left out: ${counted(unreadable.calls, "call")} of an earlier version, which kept neither facts nor evidence`,
    );
  }
  if (unpriced > 0) lines.push(`without a price: ${counted(unpriced, "call")}, whose dollars are missing`);
  return lines;
}
