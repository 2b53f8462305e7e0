/** Calls of a load run that was not made, weighed: by the gateway's own code, at the price book's prices. */

import { USUAL_EPOCHS } from "../clouds/stargate/model.ts";
import type { CallFacts, WorkloadClass } from "../domain/call.ts";
import { picoUsd, type PicoUsd } from "../domain/units.ts";
import { NO_USAGE } from "../domain/usage.ts";
import type { OfferedCall, OfferedKind } from "../load/offered-calls.ts";
import { identify } from "../pipeline/plan.ts";
import { addWeight, NO_WEIGHT, type Weight, type WeightedCall } from "../policy/traffic.ts";
import { chargeFor } from "../pricing/charge.ts";
import type { Configuration } from "./load-world.ts";
import { UsageError } from "./settings.ts";
import { shapeCall } from "./shape-call.ts";

export interface WeighedCalls {
  /** One row for each kind of call: those of a kind differ in length only. */
  readonly calls: readonly WeightedCall[];
  /** Calls that run a model and have no price. */
  readonly unpriced: number;
}

/** Classifies each kind once and prices each call at the contract date. Throws as `shapeCall` does. */
export function weighOffered(offered: readonly OfferedCall[], configuration: Configuration): WeighedCalls {
  const shapes = new Map<OfferedKind, Shape>();
  const weights = new Map<Shape, Weight>();
  let unpriced = 0;
  for (const call of offered) {
    const shape = shapes.get(call.kind) ?? describeKind(call.kind, configuration);
    shapes.set(call.kind, shape);
    const price = priceOf(call, shape, configuration);
    if (price === null) unpriced += call.calls;
    const weight = {
      calls: call.calls,
      tokens: BigInt((call.inputTokens ?? 0) + (call.outputTokens ?? 0)) * BigInt(call.calls),
      grossPicoUsd: (price ?? 0n) * BigInt(call.calls),
    };
    weights.set(shape, addWeight(weights.get(shape) ?? NO_WEIGHT, weight));
  }
  const date = configuration.world.contractDate;
  const calls = [...weights].map(([{ evidence, facts, launched }, weight]) => {
    return { evidence, facts, launched, date, ...weight };
  });
  return { calls, unpriced };
}

interface Shape {
  readonly evidence: CallFacts;
  readonly facts: CallFacts;
  readonly launched: string | null;
  readonly priceKey: string | null;
  readonly workload: WorkloadClass;
}

/** What the gateway would find out about calls of a kind. */
function describeKind(kind: OfferedKind, configuration: Configuration): Shape {
  const call = shapeCall(kind, configuration);
  const identified = identify(configuration.world, call);
  if (identified.kind === "refusal") {
    throw new UsageError(`the load call \`${kind}\` cannot be weighed: ${identified.message}`);
  }
  return {
    evidence: identified.classification.evidence,
    facts: identified.facts,
    launched: call.model?.launched ?? null,
    priceKey: call.model?.priceKey ?? null,
    workload: identified.classification.workload,
  };
}

/** The price of one call; null where there is none to be had, zero where no model runs. */
function priceOf(call: OfferedCall, shape: Shape, { world }: Configuration): PicoUsd | null {
  if (call.inputTokens === null && call.fileTokens === null) return picoUsd(0n);
  const charge = chargeFor(world.prices, {
    priceKey: shape.priceKey,
    usage: {
      ...NO_USAGE,
      source: "reported",
      inputTokens: call.inputTokens,
      outputTokens: call.outputTokens,
      trainedTokens: call.fileTokens === null ? null : call.fileTokens * USUAL_EPOCHS,
    },
    effectiveAt: world.contractDate,
    batch: shape.workload === "batch",
  });
  return charge.kind === "rated" ? charge.totalPicoUsd : null;
}
