/** A model as one mock cloud serves it. */

import { isLatencyPreset, LATENCY_PRESETS } from "./latency.ts";

export interface CloudModel {
  /** The deployment name on this cloud: what a call names. */
  readonly name: string;
  /** The underlying version that Azure's replies name, such as `gpt-5.4-2026-03-05`. */
  readonly version: string;
  readonly kind: "chat" | "embedding";
  /** One of the presets of `latency.ts`, such as `gpt-5`. */
  readonly latencyPreset: string;
  /** Largest output cap that is accepted, in tokens. */
  readonly maxOutputTokens: number;
  /** Numbers of an embedding vector when the call does not say; unused for chat. */
  readonly dimensions: number;
}

/** The models by name. Throws RangeError when one names a latency preset that does not exist. */
export function indexModels(models: readonly CloudModel[]): ReadonlyMap<string, CloudModel> {
  for (const { name, latencyPreset } of models) {
    if (isLatencyPreset(latencyPreset)) continue;
    const known = Object.keys(LATENCY_PRESETS).join(", ");
    throw new RangeError(`model \`${name}\`: no latency preset \`${latencyPreset}\`; choose one of ${known}`);
  }
  return new Map(models.map((model) => [model.name, model]));
}
