/** Settled calls for tests of the ledger: a usual one by default, priced and split by the project's own code. */

import type { CallMoney, Charge, SettledCall } from "../../src/domain/ledger.ts";
import type { HostingTerms, MoneyTerms, ShareCap, ShareLeg } from "../../src/domain/money.ts";
import type { StateEntry } from "../../src/domain/state.ts";
import { picoUsd, ppm } from "../../src/domain/units.ts";
import { NO_USAGE, type Usage } from "../../src/domain/usage.ts";
import { postCall } from "../../src/ledger/post-call.ts";

/** Any total for the tokens of the usual call: one of them costs all of it, at a price that no book has. */
export function chargeOf(totalPicoUsd: bigint): Charge {
  const [amount, nothing] = [picoUsd(totalPicoUsd), picoUsd(0n)];
  return {
    kind: "rated",
    lines: [
      { unit: "cache_write", quantity: 1n, unitPricePicoUsd: amount, amountPicoUsd: amount },
      { unit: "input", quantity: 11n, unitPricePicoUsd: nothing, amountPicoUsd: nothing },
      { unit: "output", quantity: 34n, unitPricePicoUsd: nothing, amountPicoUsd: nothing },
    ],
    totalPicoUsd: amount,
    priceVersion: "gpt-5.4@2026-03-05",
    assumed: false,
  };
}

export const USUAL_USAGE: Usage = {
  ...NO_USAGE,
  inputTokens: 12,
  cacheWriteTokens: 1,
  outputTokens: 34,
  source: "reported",
};

type Changes = Partial<Omit<SettledCall, "transactions" | "money">> & {
  readonly legs?: readonly ShareLeg[];
  readonly caps?: readonly ShareCap[];
  readonly hosting?: HostingTerms | null;
};

/** 20 % to Microsoft under C11, the rest to OpenAI. */
export const USUAL_LEGS: readonly ShareLeg[] = [
  { clause: "C11", party: "microsoft", sharePpm: ppm(200_000) },
  { clause: "C11", party: "openai", sharePpm: ppm(800_000) },
];

/** A stateless chat completion on Azure with a charge of 1,000,001 picodollars, but for what is given. */
export function settledCall(requestId: string, changes: Changes = {}): SettledCall {
  const { legs = USUAL_LEGS, caps = [], hosting = USUAL_HOSTING, ...fields } = changes;
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
    attempts: 1,
    usage: USUAL_USAGE,
    charge: chargeOf(1_000_001n),
    money: null,
    transactions: [],
    stateChanges: [],
    pendingJob: null,
    ...fields,
  };
  return withMoney(call, { legs, caps, hosting });
}

/** 30 % of list price from OpenAI to Microsoft. */
const USUAL_HOSTING: HostingTerms = { payer: "openai", payee: "microsoft", feePpm: ppm(300_000) };

function withMoney(call: SettledCall, money: CallMoney): SettledCall {
  if (call.charge.kind !== "rated" || call.charge.totalPicoUsd === 0n) return call;
  return { ...call, money, transactions: postCall({ ...call, money }) };
}

/** The money terms of a job that is split as the usual call is. */
export const USUAL_TERMS: MoneyTerms = {
  clauses: ["C11"],
  versions: [{ from: null, legs: USUAL_LEGS }],
  caps: [],
};

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
