/** Counts what settled calls used and cost: tokens, revenue, shares. Money is added as exact picodollars. */

import type { ClauseId, PartnerId, PartyId, ProviderId } from "../domain/call.ts";
import type { SettledCall, Transaction } from "../domain/ledger.ts";
import { isShareAccount } from "../ledger/accounts.ts";
import type { MoneyTotals } from "../ledger/totals.ts";
import type { LabelGuards, LabelSets } from "./labels.ts";
import type { MetricsRegistry, MoneyCell, NumberCell } from "./registry.ts";

export interface MoneyCounters {
  /** Counts one settled call; call it once for each row the ledger wrote. */
  count(settled: SettledCall): void;
}

/** Makes the counters of metering and money, starting from what the ledger holds of each agreement. */
export function createMoneyCounters(
  registry: MetricsRegistry,
  guards: LabelGuards,
  before: ReadonlyMap<string, MoneyTotals>,
): MoneyCounters {
  const byAgreement = new Map<string, AgreementCells>();
  const cellsOf = (rawAgreement: string): AgreementCells => {
    const agreement = guards.agreement(rawAgreement);
    return cached(byAgreement, agreement, () => createAgreementCells(registry, guards, agreement));
  };
  for (const [agreement, totals] of before) {
    guards.admit(labelsOf(agreement, totals));
    addTotals(cellsOf(agreement), totals);
  }

  const countUse = (cells: AgreementCells, settled: SettledCall): void => {
    const { usage, charge } = settled;
    const use = cells.use(settled.partner, settled.model, settled.provider);
    use.input.value += usage.inputTokens ?? 0;
    use.cachedInput.value += usage.cachedInputTokens ?? 0;
    use.output.value += usage.outputTokens ?? 0;
    use.reasoning.value += usage.reasoningTokens ?? 0;
    use.training.value += usage.trainedTokens ?? 0;
    if (charge.kind === "rated") use.revenue.picoUsd += charge.totalPicoUsd;
    if (usage.source === "estimated") cells.estimated.value += 1;
  };

  return {
    count: (settled) => {
      const cells = cellsOf(settled.agreement);
      if (settled.workload !== "management") cells.results[resultOf(settled)].value += 1;
      if (settled.usage.source !== "none" || settled.charge.kind === "rated") countUse(cells, settled);
      if (settled.transaction !== null && settled.charge.kind === "rated") {
        countShares(cells, settled.transaction, settled.charge.totalPicoUsd);
      }
    },
  };
}

function resultOf(settled: SettledCall): "recorded" | "unpriced" | "late" {
  if (settled.phase === "completion") return "late";
  return settled.charge.kind === "unpriced" ? "unpriced" : "recorded";
}

/** Adds the legs of share accounts (credits are negative) and, once per money clause, what they are shares of. */
function countShares(cells: AgreementCells, transaction: Transaction, chargedPicoUsd: bigint): void {
  const clauses: ClauseId[] = [];
  for (const posting of transaction.postings) {
    if (!isShareAccount(posting.account)) continue;
    cells.share(posting.clause, posting.party).picoUsd -= posting.amount;
    if (clauses.includes(posting.clause)) continue;
    clauses.push(posting.clause);
    cells.eligible(posting.clause).picoUsd += chargedPicoUsd;
  }
}

/** Names that an earlier configuration gave, and the ledger has kept. */
function labelsOf(agreement: string, { revenue, eligible, shares }: MoneyTotals): Partial<LabelSets> {
  return {
    agreements: [agreement],
    clauses: [...eligible, ...shares].map(({ clause }) => clause),
    partners: revenue.map(({ partner }) => partner),
    providers: revenue.map(({ provider }) => provider),
    models: revenue.flatMap(({ model }) => (model === null ? [] : [model])),
    parties: shares.map(({ beneficiary }) => beneficiary),
  };
}

function addTotals(cells: AgreementCells, before: MoneyTotals): void {
  for (const row of before.revenue) {
    cells.use(row.partner, row.model, row.provider).revenue.picoUsd += row.picoUsd;
  }
  for (const row of before.eligible) cells.eligible(row.clause).picoUsd += row.picoUsd;
  for (const row of before.shares) cells.share(row.clause, row.beneficiary).picoUsd += row.picoUsd;
}

interface UseCells {
  readonly input: NumberCell;
  readonly cachedInput: NumberCell;
  readonly output: NumberCell;
  readonly reasoning: NumberCell;
  readonly training: NumberCell;
  readonly revenue: MoneyCell;
}

interface AgreementCells {
  readonly results: Readonly<Record<"recorded" | "unpriced" | "late", NumberCell>>;
  readonly estimated: NumberCell;
  use(partner: PartnerId, model: string | null, provider: ProviderId): UseCells;
  eligible(clause: ClauseId): MoneyCell;
  share(clause: ClauseId, beneficiary: PartyId): MoneyCell;
}

/** The series of one agreement by label; the guards keep each map as small as the product of its closed sets. */
function createAgreementCells(
  registry: MetricsRegistry,
  guards: LabelGuards,
  agreement: string,
): AgreementCells {
  const uses = new Map<string, UseCells>();
  const eligible = new Map<string, MoneyCell>();
  const shares = new Map<string, MoneyCell>();
  const result = (word: string): NumberCell =>
    registry.numberCell("metered_requests_total", { agreement, result: word });
  return {
    results: { recorded: result("recorded"), unpriced: result("unpriced"), late: result("late") },
    estimated: registry.numberCell("estimated_requests_total", { agreement }),
    use: (rawPartner, rawModel, rawProvider) => {
      const partner = guards.partner(rawPartner);
      const model = guards.model(rawModel);
      const provider = guards.provider(rawProvider);
      return cached(uses, `${partner}|${model}|${provider}`, () => {
        const labels = { agreement, model, provider };
        return {
          input: registry.numberCell("input_tokens_total", labels),
          cachedInput: registry.numberCell("cached_input_tokens_total", labels),
          output: registry.numberCell("output_tokens_total", labels),
          reasoning: registry.numberCell("reasoning_output_tokens_total", labels),
          training: registry.numberCell("training_tokens_total", labels),
          revenue: registry.moneyCell("revenue_usd_total", { ...labels, partner }),
        };
      });
    },
    eligible: (rawClause) => {
      const clause = guards.clause(rawClause);
      return cached(eligible, clause, () =>
        registry.moneyCell("eligible_revenue_usd_total", { agreement, clause }),
      );
    },
    share: (rawClause, rawBeneficiary) => {
      const clause = guards.clause(rawClause);
      const beneficiary = guards.beneficiary(rawBeneficiary);
      return cached(shares, `${clause}|${beneficiary}`, () =>
        registry.moneyCell("revenue_share_usd_total", { agreement, clause, beneficiary }),
      );
    },
  };
}

function cached<T>(cells: Map<string, T>, key: string, make: () => T): T {
  let cell = cells.get(key);
  if (cell === undefined) {
    cell = make();
    cells.set(key, cell);
  }
  return cell;
}
