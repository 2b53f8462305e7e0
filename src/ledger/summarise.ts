/** Folds settled calls in memory. A database folds in SQL; both must come to the same (one conformance suite). */

import type { PartnerId, PartyId } from "../domain/call.ts";
import type { SettledCall } from "../domain/ledger.ts";
import { picoUsd } from "../domain/units.ts";
import { isPartAccount, isShareAccount } from "./accounts.ts";
import type { EligibleSums, LedgerSummary, PartSums, UseSums } from "./summary.ts";

/** Sums `calls`, in any order, each given once. */
export function summarise(calls: Iterable<SettledCall>): LedgerSummary {
  const uses = new Map<string, Writable<UseSums>>();
  const parts = new Map<string, Writable<PartSums>>();
  const eligible = new Map<string, Writable<EligibleSums>>();
  const reasons = new Map<string, number>();
  let balance = 0n;
  for (const call of calls) {
    addUse(uses, call);
    addEligible(eligible, call);
    for (const { account, party, clause, amount } of call.transaction?.postings ?? []) {
      balance += amount;
      if (!isPartAccount(account)) continue;
      const { agreement, seller, partner } = call;
      const key = { agreement, seller, partner, account, party, clause };
      const part = ensure(parts, key, { amountPicoUsd: picoUsd(0n) });
      part.amountPicoUsd = picoUsd(part.amountPicoUsd - amount);
    }
    if (call.charge.kind === "unpriced") {
      reasons.set(call.charge.reason, (reasons.get(call.charge.reason) ?? 0) + 1);
    }
  }
  return {
    uses: [...uses.values()],
    parts: [...parts.values()],
    eligible: [...eligible.values()],
    unpricedReasons: [...reasons].map(([reason, count]) => ({ reason, calls: count })),
    balancePicoUsd: picoUsd(balance),
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const NOTHING_USED = {
  calls: 0,
  completions: 0,
  inputTokens: 0n,
  cachedInputTokens: 0n,
  outputTokens: 0n,
  reasoningTokens: 0n,
  trainedTokens: 0n,
  grossPicoUsd: picoUsd(0n),
  unpriced: 0,
  estimated: 0,
  assumed: 0,
};

function addUse(uses: Map<string, Writable<UseSums>>, call: SettledCall): void {
  const { agreement, digest, effectiveAt, seller, partner, provider, model, usage, charge } = call;
  const use = ensure(
    uses,
    { agreement, digest, effectiveAt, seller, partner, provider, model },
    NOTHING_USED,
  );
  if (call.phase === "answer") use.calls += 1;
  else use.completions += 1;
  use.inputTokens += BigInt(usage.inputTokens ?? 0);
  use.cachedInputTokens += BigInt(usage.cachedInputTokens ?? 0);
  use.outputTokens += BigInt(usage.outputTokens ?? 0);
  use.reasoningTokens += BigInt(usage.reasoningTokens ?? 0);
  use.trainedTokens += BigInt(usage.trainedTokens ?? 0);
  if (usage.source === "estimated") use.estimated += 1;
  if (charge.kind === "unpriced") use.unpriced += 1;
  if (charge.kind !== "rated") return;
  use.grossPicoUsd = picoUsd(use.grossPicoUsd + charge.totalPicoUsd);
  if (charge.assumed) use.assumed += 1;
}

function addEligible(eligible: Map<string, Writable<EligibleSums>>, call: SettledCall): void {
  if (call.charge.kind !== "rated" || call.transaction === null) return;
  const shares = call.transaction.postings.filter(({ account }) => isShareAccount(account));
  for (const clause of new Set(shares.map((share) => share.clause))) {
    const key: { agreement: string; partner: PartnerId; clause: PartyId } = {
      agreement: call.agreement,
      partner: call.partner,
      clause,
    };
    const sums = ensure(eligible, key, { grossPicoUsd: picoUsd(0n) });
    sums.grossPicoUsd = picoUsd(sums.grossPicoUsd + call.charge.totalPicoUsd);
  }
}

/** The row of `key`, made with zeroes when it is new. */
function ensure<K extends object, Z extends object>(rows: Map<string, K & Z>, key: K, zero: Z): K & Z {
  const text = JSON.stringify(Object.values(key));
  const known = rows.get(text);
  if (known) return known;
  const fresh = { ...key, ...zero };
  rows.set(text, fresh);
  return fresh;
}
