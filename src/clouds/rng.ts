/** Seeds and draws of the mock clouds: a stream per entity, so one more draw in one place moves nothing elsewhere. */

import { crc32 } from "node:zlib";
import type { Rng } from "../domain/ports.ts";

/** A 32-bit seed from a base seed and a name or a request's bytes; equal inputs give equal seeds. */
export function deriveSeed(seed: number, name: string | Buffer): number {
  return crc32(name, seed >>> 0) >>> 0;
}

/** A draw from LogNormal(mu = 0, sigma): median 1, always positive. */
export function drawLogNormal(rng: Rng, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
  return Math.exp(sigma * radius * Math.cos(2 * Math.PI * rng.next()));
}
