/** Counts what settled calls used and cost: tokens, revenue, shares. Money is added as exact picodollars. */

import type { ClauseId, PartnerId, PartyId, ProviderId } from "../domain/call.ts";
import type { Posting, SettledCall } from "../domain/ledger.ts";
import { isFeeAccount, isShareAccount } from "../ledger/accounts.ts";
import type { MoneyTotals } from "../ledger/totals.ts";
import { unpricedKindOf } from "../pricing/unpriced.ts";
import type { LabelGuards, LabelSets } from "./labels.ts";
import type { MetricsRegistry, MoneyCell, NumberCell } from "./registry.ts";

export interface MoneyCounters {
  /** Counts one settled call; call it once for each row the ledger wrote. */
  count(settled: SettledCall): void;
  /**
   * Whether calls were counted since the last `takeShares` whose shares a cap may have cut: only the ledger knows what was
   * left of them.
   */
  sharesAreOpen(): boolean;
  /** Sets the shares of each agreement to what the ledger holds. */
  takeShares(totals: ReadonlyMap<string, MoneyTotals>): void;
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

  let sharesAreOpen = false;
  return {
    sharesAreOpen: () => sharesAreOpen,
    takeShares: (totals) => {
      sharesAreOpen = false;
      for (const [agreement, { shares }] of totals) setShares(cellsOf(agreement), shares);
    },
    count: (settled) => {
      const cells = cellsOf(settled.agreement);
      if (settled.workload !== "management") cells.results[resultOf(settled)].value += 1;
      if (settled.charge.kind === "unpriced") countUnpriced(registry, settled.charge.reason);
      if (settled.usage.source !== "none" || settled.charge.kind === "rated") countUse(cells, settled);
      if (settled.charge.kind !== "rated") return;
      const capped = (settled.money?.caps.length ?? 0) > 0;
      if (capped) sharesAreOpen = true;
      for (const { kind, postings } of settled.transactions) {
        if (kind === "host") countHosting(cells, settled.provider, postings);
        else countShares(cells, { postings, capped }, settled.charge.totalPicoUsd);
      }
    },
  };
}

function countUnpriced(registry: MetricsRegistry, reason: string): void {
  registry.numberCell("unpriced_calls_total", { reason: unpricedKindOf(reason) ?? "other" }).value += 1;
}

function resultOf(settled: SettledCall): "recorded" | "unpriced" | "late" {
  if (settled.phase === "completion") return "late";
  return settled.charge.kind === "unpriced" ? "unpriced" : "recorded";
}

/** Adds the legs of share accounts (credits are negative) and, once per money clause, what they are shares of. */
function countShares(
  cells: AgreementCells,
  { postings, capped }: { readonly postings: readonly Posting[]; readonly capped: boolean },
  chargedPicoUsd: bigint,
): void {
  const clauses: ClauseId[] = [];
  for (const posting of postings) {
    if (!isShareAccount(posting.account)) continue;
    if (!capped) cells.share(posting.clause, posting.party).picoUsd -= posting.amount;
    if (clauses.includes(posting.clause)) continue;
    clauses.push(posting.clause);
    cells.eligible(posting.clause).picoUsd += chargedPicoUsd;
  }
}

/** A fee goes to one party. */
function countHosting(cells: AgreementCells, provider: ProviderId, postings: readonly Posting[]): void {
  for (const { account, party, amount } of postings) {
    if (isFeeAccount(account)) cells.hosting(provider, party).picoUsd -= amount;
  }
}

function setShares(cells: AgreementCells, shares: MoneyTotals["shares"]): void {
  for (const { clause, beneficiary } of shares) cells.share(clause, beneficiary).picoUsd = 0n;
  for (const { clause, beneficiary, picoUsd } of shares) cells.share(clause, beneficiary).picoUsd += picoUsd;
}

/** Names that an earlier configuration gave, and the ledger has kept. */
function labelsOf(
  agreement: string,
  { revenue, eligible, shares, hosting }: MoneyTotals,
): Partial<LabelSets> {
  return {
    agreements: [agreement],
    clauses: [...eligible, ...shares].map(({ clause }) => clause),
    partners: revenue.map(({ partner }) => partner),
    providers: [...revenue, ...hosting].map(({ provider }) => provider),
    models: revenue.flatMap(({ model }) => (model === null ? [] : [model])),
    parties: [...shares.map(({ beneficiary }) => beneficiary), ...hosting.map(({ payee }) => payee)],
  };
}

function addTotals(cells: AgreementCells, before: MoneyTotals): void {
  for (const row of before.revenue) {
    cells.use(row.partner, row.model, row.provider).revenue.picoUsd += row.picoUsd;
  }
  for (const row of before.eligible) cells.eligible(row.clause).picoUsd += row.picoUsd;
  for (const row of before.shares) cells.share(row.clause, row.beneficiary).picoUsd += row.picoUsd;
  for (const row of before.hosting) cells.hosting(row.provider, row.payee).picoUsd += row.picoUsd;
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
  hosting(provider: ProviderId, payee: PartyId): MoneyCell;
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
  const fees = new Map<string, MoneyCell>();
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
    hosting: (rawProvider, rawPayee) => {
      const provider = guards.provider(rawProvider);
      const payee = guards.beneficiary(rawPayee);
      return cached(fees, `${provider}|${payee}`, () =>
        registry.moneyCell("hosting_fee_usd_total", { agreement, provider, payee }),
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
