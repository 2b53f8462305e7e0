/** What becomes of an arrival that says how long it was and not what it asked for. */

import type { Rng } from "../domain/ports.ts";
import type { SingleCall } from "./call-profile.ts";

/** One call of the mix, by weight. */
export function drawCall(rng: Rng): SingleCall {
  let left = rng.next() * MIX.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [call, weight] of MIX) {
    left -= weight;
    if (left < 0) return call;
  }
  return "direct chat";
}

/** Which call each arrival becomes, with its weight; a third of the arrivals for each partner, half of them streamed. */
const MIX: readonly (readonly [SingleCall, number])[] = [
  ["amazon chat", 1],
  ["amazon stream", 1],
  ["direct chat", 1],
  ["direct stream", 1],
  ["first-party stream", 2],
];
