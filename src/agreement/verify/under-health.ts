/**
 * Asks the real chooser, not a model of it: under every health of the providers, wherever content is pinned and however often a
 * call is tried again, it must never name a deployment outside the allowed set. That is where gateways break such rules.
 */

import type { Deployment } from "../../domain/call.ts";
import { choose } from "../../routing/choose.ts";
import type { Ruling } from "../verdict.ts";

/** By allowed set and universe: the answer is the same for all cells that share both. */
const known = new Map<string, boolean>();

/** Whether some health, pin, order of preference or retry leads outside `ruling.providers`; false for a denial. */
export function leavesItsSet(ruling: Ruling, universe: readonly string[]): boolean {
  if (ruling.kind === "denied") return false;
  const key = `${ruling.providers.join(",")}|${universe.join(",")}`;
  const answer = known.get(key) ?? canLeave(ruling.providers, universe, choose);
  known.set(key, answer);
  return answer;
}

/** The same of any chooser, so that the check itself can be checked. */
export function canLeave(
  allowed: readonly string[],
  universe: readonly string[],
  pick: typeof choose,
): boolean {
  const deployments = universe.flatMap((provider) =>
    ["one", "two"].map((region) => ({ id: `${provider}/${region}`, provider, region })),
  );
  const orders = [universe, universe.toReversed(), []];
  const pins = [null, ...deployments];
  for (let mask = 0; mask < 2 ** universe.length; mask++) {
    const healthy = new Set(universe.filter((_, bit) => ((mask >> bit) & 1) === 1));
    for (const preference of orders) {
      for (const pinned of pins) {
        const visited = visits({ allowed, preference, pinned, deployments, healthy }, pick);
        if (visited.some((at) => !allowed.includes(at))) {
          return true;
        }
      }
    }
  }
  return false;
}

interface Circumstances {
  readonly allowed: readonly string[];
  readonly preference: readonly string[];
  readonly pinned: Deployment | null;
  readonly deployments: readonly Deployment[];
  readonly healthy: ReadonlySet<string>;
}

/** Every provider a call would reach if each attempt failed and was tried again until nothing is left. */
function visits(call: Circumstances, pick: typeof choose): readonly string[] {
  const failed = new Set<string>();
  const visited: string[] = [];
  for (let depth = 0; depth <= call.deployments.length; depth++) {
    const choice = pick({
      ...call,
      serves: () => true,
      isUp: ({ id, provider }) => call.healthy.has(provider) && !failed.has(id),
      spread: depth,
    });
    if (choice.kind !== "chosen") return visited;
    visited.push(choice.deployment.provider, ...choice.alternates.map(({ provider }) => provider));
    failed.add(choice.deployment.id);
  }
  return visited;
}
