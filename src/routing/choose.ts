/** Choosing a deployment inside the allowed set: the agreement says where a call may run, this says where it does. */

import type { Deployment, ProviderId } from "../domain/call.ts";

export interface ChoiceInput {
  /** Providers that the agreement allows; the choice never leaves this set. */
  readonly allowed: readonly ProviderId[];
  /** The operator's order of preference; allowed providers that it does not name come last. */
  readonly preference: readonly ProviderId[];
  readonly deployments: readonly Deployment[];
  /** Whether a deployment has the model and offers the operation. */
  readonly serves: (deployment: Deployment) => boolean;
  readonly isUp: (deployment: Deployment) => boolean;
  /** Where the content is that the call depends on and that cannot be moved, or null. */
  readonly pinned: { readonly provider: ProviderId; readonly region: string } | null;
  /** Spreads calls over equal regions: any non-negative integer, such as a hash of the request id. */
  readonly spread: number;
}

/** `chosen` first, then where a retry may go: same allowed set, best first. */
export type Choice =
  | { readonly kind: "chosen"; readonly deployment: Deployment; readonly alternates: readonly Deployment[] }
  | { readonly kind: "none-serves" }
  | { readonly kind: "none-up"; readonly tried: readonly ProviderId[] };

/** Picks the most preferred provider that serves the call and is up; among its regions the one that `spread` selects. */
export function choose(input: ChoiceInput): Choice {
  const serving = candidatesOf(input);
  if (serving.length === 0) return { kind: "none-serves" };
  const up = serving.filter(input.isUp);
  const [deployment, ...alternates] = up;
  if (!deployment) return { kind: "none-up", tried: [...new Set(serving.map(({ provider }) => provider))] };
  return {
    kind: "chosen",
    deployment,
    alternates: alternates.filter((one) => one.provider === deployment.provider),
  };
}

function candidatesOf(input: ChoiceInput): readonly Deployment[] {
  const { pinned } = input;
  const allowed = input.deployments.filter(
    (deployment) => input.allowed.includes(deployment.provider) && input.serves(deployment),
  );
  if (pinned)
    return allowed.filter((one) => one.provider === pinned.provider && one.region === pinned.region);
  return ranked(input.preference, input.allowed).flatMap((provider) =>
    rotate(
      allowed.filter((deployment) => deployment.provider === provider),
      input.spread,
    ),
  );
}

function ranked(preference: readonly ProviderId[], allowed: readonly ProviderId[]): readonly ProviderId[] {
  return [
    ...preference.filter((provider) => allowed.includes(provider)),
    ...allowed.filter((provider) => !preference.includes(provider)),
  ];
}

function rotate<T>(items: readonly T[], by: number): readonly T[] {
  if (items.length < 2) return items;
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
