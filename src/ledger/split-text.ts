/** The legs of a split as one short text, by which calls that were split alike are summed. */

import type { ShareLeg } from "../domain/money.ts";
import { ppm } from "../domain/units.ts";
import { LedgerInvariantError } from "./invariant.ts";

/** Such as `C11:microsoft=200000,C11:openai=800000`: the same for the same legs in any order. */
export function splitText(legs: readonly ShareLeg[]): string {
  return legs
    .map(({ clause, party, sharePpm }) => `${clause}:${party}=${sharePpm}`)
    .sort()
    .join(",");
}

/** The legs that a text stands for; throws LedgerInvariantError for a text that `splitText` did not write. */
export function legsOfSplit(text: string): readonly ShareLeg[] {
  return text.split(",").map((leg) => {
    const match = /^([^:=]+):([^:=]+)=(\d+)$/.exec(leg);
    if (!match) throw new LedgerInvariantError(`\`${text}\` is no split`);
    const [, clause = "", party = "", share] = match;
    return { clause, party, sharePpm: ppm(Number(share)) };
  });
}
