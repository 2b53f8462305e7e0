/** Which deployments answer: one breaker each, fed by what calls see; decisions read it, clients never do. */

import type { Deployment } from "../domain/call.ts";
import type { Clock } from "../domain/ports.ts";
import { admits, CLOSED, onFailure, onStart, onSuccess, type Breaker } from "../routing/breaker.ts";

export interface Health {
  isUp(deployment: Deployment): boolean;
  started(deployment: Deployment): void;
  answered(deployment: Deployment): void;
  failed(deployment: Deployment): void;
  /** States by deployment id, for metrics: `closed`, `open` or `half-open`. */
  states(): ReadonlyMap<string, Breaker["state"]>;
}

/** Starts with every deployment taken for up: the first call tells. */
export function createHealth(deployments: readonly Deployment[], clock: Clock): Health {
  const breakers = new Map<string, Breaker>(deployments.map(({ id }) => [id, CLOSED]));
  const breakerOf = (deployment: Deployment): Breaker => breakers.get(deployment.id) ?? CLOSED;
  return {
    isUp: (deployment) => admits(breakerOf(deployment), clock.monotonicMs()),
    started: (deployment) => {
      breakers.set(deployment.id, onStart(breakerOf(deployment)));
    },
    answered: (deployment) => {
      if (breakerOf(deployment) !== CLOSED) breakers.set(deployment.id, onSuccess());
    },
    failed: (deployment) => {
      breakers.set(deployment.id, onFailure(breakerOf(deployment), clock.monotonicMs()));
    },
    states: () => new Map([...breakers].map(([id, { state }]) => [id, state])),
  };
}
