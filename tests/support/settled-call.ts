/** Settled calls for tests of the ledger: a usual one by default, priced and split by the project's own code. */

import type { Charge, SettledCall } from "../../src/domain/ledger.ts";
import type { StateEntry } from "../../src/domain/state.ts";
import { picoUsd, ppm, type Ppm } from "../../src/domain/units.ts";
import { NO_USAGE } from "../../src/domain/usage.ts";
import { accrue } from "../../src/ledger/accrue.ts";

/** One priced line of one token. */
export function chargeOf(totalPicoUsd: bigint): Charge {
  const amount = picoUsd(totalPicoUsd);
  return {
    kind: "rated",
    lines: [{ unit: "output", quantity: 1n, unitPricePicoUsd: amount, amountPicoUsd: amount }],
    totalPicoUsd: amount,
    priceVersion: "gpt-5.4@2026-03-05",
    assumed: false,
  };
}

type Changes = Partial<Omit<SettledCall, "transaction">> & {
  readonly sharePpm?: Readonly<Record<string, Ppm>>;
};

/** A stateless chat completion on Azure with a charge of 1,000,001 picodollars, but for what is given. */
export function settledCall(requestId: string, changes: Changes = {}): SettledCall {
  const { sharePpm = { microsoft: ppm(200_000), openai: ppm(800_000) }, ...fields } = changes;
  const call: SettledCall = {
    requestId,
    phase: "answer",
    effectiveAt: "2026-03-31",
    recordedAtMs: 1_774_915_200_000,
    partner: "amazon",
    seller: "openai",
    operation: "chat.completions.create",
    workload: "stateless",
    model: "gpt-5.4",
    modelServed: null,
    provider: "azure",
    region: "eastus2",
    clauses: ["C1"],
    agreement: "2026-02-27",
    digest: "d".repeat(64),
    facts: { workload: "stateless", family: "openai" },
    evidence: { job: "inference", api: "chat" },
    outcome: "ok",
    httpStatus: 200,
    streamed: false,
    usage: { ...NO_USAGE, inputTokens: 12, outputTokens: 34, source: "reported" },
    charge: chargeOf(1_000_001n),
    transaction: null,
    stateChanges: [],
    pendingJob: null,
    ...fields,
  };
  const { charge, seller, partner } = call;
  return {
    ...call,
    transaction: accrue({ requestId, charge, sharePpm, moneyClauses: ["C11"], seller, partner }),
  };
}

/** A response kept on Azure for `amazon`, until deleted. */
export function stateEntry(id: string, changes: Partial<StateEntry> = {}): StateEntry {
  return {
    id,
    kind: "response",
    partner: "amazon",
    provider: "azure",
    region: "eastus2",
    expiresAtMs: null,
    ...changes,
  };
}
