/** Comparing a credential that a caller gives with the one we know. */

import { createHash, timingSafeEqual } from "node:crypto";

/** Takes the same time wherever the two differ, and whatever their lengths. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
