/** Bugs of the kinds that ledgers have had, each planted by replacing one piece of the source, with the suites that must see it. */

export interface PlantedBug {
  readonly what: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly before: string;
  readonly after: string;
  /** Paths of test files; one failing test is enough. */
  readonly suites: readonly string[];
}

const SPLIT = "tests/unit/ledger/split.test.ts";
const ACCRUE = "tests/unit/ledger/accrue.test.ts";
const CAPS = "tests/unit/ledger/caps.test.ts";
const HOST = "tests/unit/ledger/charge-host.test.ts";
const PERIOD = "tests/unit/ledger/period.test.ts";
const CLOSE = "tests/unit/ledger/close.test.ts";
const CLAUSE_LINES = "tests/unit/ledger/clause-lines.test.ts";
const REPLAY = "tests/unit/ledger/replay.test.ts";
const RECONCILE = "tests/unit/ledger/reconcile.test.ts";
const CHARGE = "tests/unit/pricing/charge.test.ts";
const SETTLE = "tests/unit/settle.test.ts";
const DIALECTS = "tests/unit/usage/dialects.test.ts";
const READER = "tests/unit/stream-reader.test.ts";
const TRANSCRIPT = "tests/unit/transcript.test.ts";
const JOB_END = "tests/unit/job-end.test.ts";
const JOBS = "tests/unit/job-follower.test.ts";
const HISTORY = "tests/unit/pricing/price-history.test.ts";
const MONEY = "tests/unit/agreement/money.test.ts";
const STORES = "tests/conformance/stores/conformance.test.ts";
const DAMAGE = "tests/conformance/stores/damage.test.ts";
const MONTHS = "tests/conformance/stores/months.test.ts";
const REOPEN = "tests/conformance/stores/sqlite-reopen.test.ts";
const LIFE = "tests/faults/ledger-simulation.test.ts";

export const LEDGER_BUGS: readonly PlantedBug[] = [
  {
    what: "money in floats: a part is taken by multiplying doubles",
    file: "src/ledger/split.ts",
    before: "const scaled = total * BigInt(leg.sharePpm);",
    after: "const scaled = BigInt(Math.round(Number(total) * leg.sharePpm));",
    suites: [SPLIT],
  },
  {
    what: "floor bias: what rounding leaves over goes to the first party by name",
    file: "src/ledger/split.ts",
    before: "a.remainder === b.remainder ? 0 : a.remainder < b.remainder ? 1 : -1,",
    after: "a.remainder === b.remainder ? 0 : 0,",
    suites: [SPLIT],
  },
  {
    what: "a picodollar is lost: what rounding leaves over goes to nobody",
    file: "src/ledger/split.ts",
    before: "part.amount += 1n;",
    after: "part.amount += 0n;",
    suites: [SPLIT],
  },
  {
    what: "ties are broken by the order in the file",
    file: "src/ledger/split.ts",
    before: "legs.toSorted(byPartyAndClause).map(",
    after: "legs.map(",
    suites: [SPLIT],
  },
  {
    what: "shares that do not sum to the whole are taken",
    file: "src/ledger/split.ts",
    before: "if (sum !== WHOLE_PPM) throw",
    after: "if (sum > WHOLE_PPM) throw",
    suites: [SPLIT, ACCRUE],
  },
  {
    what: "the seller's part is posted as a share given away",
    file: "src/ledger/accrue.ts",
    before: "party === seller",
    after: 'party === "nobody"',
    suites: [ACCRUE],
  },
  {
    what: "the check at commit lets postings of an uncharged call pass",
    file: "src/ledger/invariant.ts",
    before: "if (total === 0n && transactions.length > 0) {",
    after: "if (total < 0n) {",
    suites: [ACCRUE],
  },
  {
    what: "the check at commit believes the lines of a charge",
    file: "src/ledger/invariant.ts",
    before: "if (quantity * unitPricePicoUsd !== amountPicoUsd) {",
    after: "if (quantity < 0n) {",
    suites: [ACCRUE],
  },
  {
    what: "a cap is overshot: the call that crosses it is let through whole",
    file: "src/ledger/caps.ts",
    before: "const allowed = asked < room ? asked : room;",
    after: "const allowed = room > 0n ? asked : room;",
    suites: [CAPS],
  },
  {
    what: "a cap is off by one at its boundary",
    file: "src/ledger/caps.ts",
    before: "beforePicoUsd < limitPicoUsd ? limitPicoUsd - beforePicoUsd : 0n",
    after: "beforePicoUsd < limitPicoUsd ? limitPicoUsd - beforePicoUsd - 1n : 0n",
    suites: [CAPS],
  },
  {
    what: "what a cap keeps back goes to nobody",
    file: "src/ledger/caps.ts",
    before: "withheld += asked - allowed;",
    after: "withheld += 0n;",
    suites: [CAPS],
  },
  {
    what: "a cap of a month counts for ever",
    file: "src/ledger/caps.ts",
    before: 'cap.scope === "lifetime" ? "lifetime" : period',
    after: '"lifetime"',
    suites: [CAPS],
  },
  {
    what: "halves of a hosting fee are rounded up",
    file: "src/ledger/round-half-even.ts",
    before: "return doubled > denominator || floor % 2n !== 0n ? floor + 1n : floor;",
    after: "return floor + 1n;",
    suites: [HOST, CLOSE],
  },
  {
    what: "off-by-one close: a call of the closed month itself is still booked in it",
    file: "src/ledger/book-call.ts",
    before: "lastClosed !== null && period <= lastClosed",
    after: "lastClosed !== null && period < lastClosed",
    suites: [MONTHS],
  },
  {
    what: "December is followed by a thirteenth month",
    file: "src/ledger/period.ts",
    before: "return month === 12 ?",
    after: "return month === 13 ?",
    suites: [PERIOD],
  },
  {
    what: "a dated rate begins a day late",
    file: "src/ledger/money-terms.ts",
    before: "from === null || from <= date",
    after: "from === null || from < date",
    suites: [PERIOD],
  },
  {
    what: "a month is closed before the one ahead of it",
    file: "src/stores/period-order.ts",
    before: "if (earliest !== undefined) {",
    after: "if (earliest === period) {",
    suites: [MONTHS],
  },
  {
    what: "what rounding left of a month is forgotten",
    file: "src/ledger/closing/settlements.ts",
    before: "const due = carried + gross - netted;",
    after: "const due = gross - netted;",
    suites: [CLOSE],
  },
  {
    what: "netting takes the larger of two debts",
    file: "src/ledger/closing/settlements.ts",
    before: "back < gross ? back : gross",
    after: "back < gross ? gross : back",
    suites: [CLOSE],
  },
  {
    what: "hosting is set off against the revenue share",
    file: "src/ledger/closing/settlements.ts",
    before: 'const back = flow === "share" ? (owed',
    after: 'const back = flow === "hosting" ? (owed',
    suites: [CLOSE],
  },
  {
    what: "rounding of calls drifts: the true-up leaves out what was accrued",
    file: "src/ledger/closing/share-true-ups.ts",
    before: "picoUsd(amount - (given.get(account) ?? 0n))",
    after: "picoUsd(amount - amount)",
    suites: [CLOSE],
  },
  {
    what: "a line over several partners is trued up partner by partner",
    file: "src/ledger/closing/close-rules.ts",
    before: 'PRESENT_RULES: CloseRules = "by-line"',
    after: 'PRESENT_RULES: CloseRules = "by-group"',
    suites: [CLAUSE_LINES],
  },
  {
    what: "every line is rounded to the nearest, and the seller pays for it",
    file: "src/ledger/closing/share-true-ups.ts",
    before: "nearest > most ? most : nearest < fewest ? fewest : nearest",
    after: "nearest",
    suites: [CLAUSE_LINES],
  },
  {
    what: "the cap of one clause keeps the others from being trued up",
    file: "src/ledger/closing/share-true-ups.ts",
    before: "if (party === seller || capped.has(clause)) continue;",
    after: "if (party === seller || capped.size > 0) continue;",
    suites: [CLAUSE_LINES],
  },
  {
    what: "rounding of the calls that a cap cut passes for something withheld",
    file: "src/ledger/statement/clause-bases.ts",
    before: "!caps.some((cap) => cap.clause === clause)",
    after: "caps.length === 0",
    suites: [CLAUSE_LINES],
  },
  {
    what: "missing dedupe: the same request id is written twice",
    file: "src/stores/sqlite/schema.ts",
    before: "  UNIQUE (request_id, phase)\n",
    after: "  UNIQUE (seq, request_id, phase)\n",
    suites: [STORES],
  },
  {
    what: "an id with another body is taken for the same call",
    file: "src/stores/sqlite/write-call.ts",
    before: "? CALL_STATUS.same : CALL_STATUS.conflict",
    after: "? CALL_STATUS.same : CALL_STATUS.same",
    suites: [STORES],
  },
  {
    what: "a call is acknowledged before its commit",
    file: "src/stores/sqlite/group-commit.ts",
    before: 'else add({ kind: "call", call, resolve, reject });',
    after: 'else { add({ kind: "call", call, resolve, reject }); resolve(); }',
    suites: [LIFE],
  },
  {
    what: "running sums are kept of a transaction that was rolled back",
    file: "src/stores/sqlite/write-call.ts",
    before: "      sums.clear();\n",
    after: "",
    suites: [STORES, LIFE, "tests/conformance/stores/sqlite-groups.test.ts"],
  },
  {
    what: "running sums past 32 bits lose their carry",
    file: "src/stores/sqlite/wide-sum.ts",
    before: "return { hi: hi + carry, lo: lo - carry * LIMB };",
    after: "return { hi, lo: lo - carry * LIMB };",
    suites: [STORES],
  },
  {
    what: "a missing price is a price of zero",
    file: "src/pricing/charge.ts",
    before: 'if (!version) return unpriced("no_price", ` \\`${priceKey}\\` at ${effectiveAt}`);',
    after: 'if (!version) return { kind: "free" };',
    suites: [CHARGE],
  },
  {
    what: "a report in a stream that is no object is taken for silence",
    file: "src/gateway/stream-reader.ts",
    before: String.raw`/"usage"\s*:(?!\s*null\b)/`,
    after: String.raw`/"usage"\s*:\s*\{/`,
    suites: [READER],
  },
  {
    what: "details that cannot be read are left out of the price",
    file: "src/wire/openai/usage.ts",
    before: "    faultOfDetails(inputDetails, outputDetails),\n",
    after: "    null,\n",
    suites: [DIALECTS],
  },
  {
    what: "what can be no tier is taken for the default",
    file: "src/wire/openai/usage.ts",
    before: 'typeof tier === "string" ? tierName(tier) : "other"',
    after: 'typeof tier === "string" ? tierName(tier) : null',
    suites: [DIALECTS],
  },
  {
    what: "counts that are disputed are summed",
    file: "src/pipeline/settle.ts",
    before: "isDisputed(charge) ? withoutCounts(effect.usage) : effect.usage",
    after: "effect.usage",
    suites: [SETTLE],
  },
  {
    what: "an output that nobody saw is zero",
    file: "src/gateway/transcript.ts",
    before: "this.#counted === 0 ? null : this.#counted",
    after: "this.#counted",
    suites: [TRANSCRIPT],
  },
  {
    what: "an estimate leaves out what passed beyond a bound",
    file: "src/gateway/transcript.ts",
    before: "      this.#text += outputTextOf(event);\n",
    after: '      if (this.#text === "") this.#text += outputTextOf(event);\n',
    suites: [TRANSCRIPT],
  },
  {
    what: "an estimate counts no tool calls",
    file: "src/wire/openai/estimate.ts",
    before: "isJsonArray(tool_calls) ? tool_calls.filter(isJsonObject) : []",
    after: "[] as JsonObject[]",
    suites: [TRANSCRIPT],
  },
  {
    what: "cached tokens are priced twice",
    file: "src/domain/buckets.ts",
    before: "inputTokens === null ? null : inputTokens - partsOf(usage)",
    after: "inputTokens === null ? null : inputTokens",
    suites: [CHARGE],
  },
  {
    what: "long context begins at 272,000 tokens",
    file: "src/pricing/charge.ts",
    before: "count > longContextOver",
    after: "count >= longContextOver",
    suites: [CHARGE],
  },
  {
    what: "a batch is long context by the sum of its requests",
    file: "src/pricing/charge.ts",
    before: 'if (!batch) return [{ tokens, length: "long", suffix: "" }];',
    after: 'return [{ tokens, length: "long", suffix: "" }];',
    suites: [CHARGE],
  },
  {
    what: "requests of a batch that do not sum to it are believed",
    file: "src/pricing/divide-batch.ts",
    before: "return isSame(add(short, long), total)",
    after: "return isSame(total, total)",
    suites: [CHARGE],
  },
  {
    what: "the check at commit lets a divided batch lose tokens",
    file: "src/ledger/invariant.ts",
    before: "if (isDivided(charge.lines) && !linesSumToUsage(charge.lines, usage)) {",
    after:
      "if (charge.lines.length < 0 && isDivided(charge.lines) && !linesSumToUsage(charge.lines, usage)) {",
    suites: [ACCRUE],
  },
  {
    what: "a job that ended badly is free for its silence",
    file: "src/wire/openai/job-end.ts",
    before: "if (completed !== null) return completed === 0;",
    after: "if (completed !== null) return true;",
    suites: [JOB_END],
  },
  {
    what: "a background run forgets the tier that was asked for",
    file: "src/gateway/job-follower.ts",
    before: "usage: { ...reading.usage, requestedTier: row.requestedTier },",
    after: "usage: reading.usage,",
    suites: [JOBS],
  },
  {
    what: "a price learned later edits what was charged before",
    file: "src/pricing/price-history.ts",
    before: "asOf === null ? history?.at(-1)",
    after: "asOf !== null ? history?.at(-1)",
    suites: [HISTORY],
  },
  {
    what: "a replay does not compare amounts",
    file: "src/ledger/replay.ts",
    before: "twin.amount === posting.amount &&",
    after: "",
    suites: [REPLAY],
  },
  {
    what: "a replay believes the sums that are kept",
    file: "src/ledger/replay.ts",
    before: '...rows("sums of parts", kept?.summary.parts, made.parts),',
    after: "",
    suites: [REPLAY],
  },
  {
    what: "a reconciliation skips what no meter counted",
    file: "src/ledger/reconcile/compare-call.ts",
    before: "return { breaks: [missing], ...amounts };",
    after: "return { breaks: [], ...amounts };",
    suites: [RECONCILE],
  },
  {
    what: "a reconciliation believes the ledger about who served a call",
    file: "src/ledger/reconcile/reconcile.ts",
    before: "for (const metered of new Set(rows.map((row) => row.provider))) {",
    after: "for (const metered of new Set<string>()) {",
    suites: [RECONCILE],
  },
  {
    what: "a writer that is started anew is taken to know what the one before was told",
    file: "src/stores/sqlite/sqlite-store.ts",
    before: "        encodeGroup = createEncoder();\n",
    after: "",
    suites: [REOPEN],
  },
  {
    what: "notes of calls that ran are dropped with the group that could not be written",
    file: "src/stores/postgres/group-queue.ts",
    before: "notes.keep(left);",
    after: "",
    suites: ["tests/unit/stores/group-queue.test.ts"],
  },
  {
    what: "notes of calls that ran are dropped with the writer that was lost",
    file: "src/stores/sqlite/group-commit.ts",
    before: 'if (each.kind === "note") keptNotes.keep([each.note]);\n        else each.reject(error);',
    after: 'if (each.kind !== "note") each.reject(error);',
    suites: [REOPEN],
  },
  {
    what: "a replay believes the charge of a call",
    file: "src/ledger/replay.ts",
    before: "sameCharge(charge, made)",
    after: "sameCharge(charge, charge)",
    suites: [REPLAY],
  },
  {
    what: "a replay makes charges by the price that holds now, not by the one that was charged",
    file: "src/pricing/charge-again.ts",
    before: "const version = models.get(priceVersion);",
    after: "const version = [...models.values()].at(-1);",
    suites: ["tests/unit/pricing/charge-again.test.ts"],
  },
  {
    what: "charges that no price can be found for are taken for priced",
    file: "src/ledger/replay.ts",
    before: 'return { kind: "not-priced", why: made, differences };',
    after: 'return { kind: "priced", differences };',
    suites: [REPLAY],
  },
  {
    what: "lines of a charge are not held against its tokens where its price is not known",
    file: "src/ledger/replay.ts",
    before: "linesSumToUsage(charge.lines, call.usage)",
    after: "linesSumToUsage(charge.lines, call.usage) || true",
    suites: [REPLAY],
  },
  {
    what: "a hash that was forged passes, as long as the statement is as it was",
    file: "src/ledger/changed-close.ts",
    before: "is: made.manifestSha256",
    after: "is: kept.manifestSha256",
    suites: [REPLAY],
  },
  {
    what: "postings of no call are not looked for",
    file: "src/stores/loose-rows.ts",
    before: '  ofNoCall("posting"),\n',
    after: "",
    suites: [DAMAGE],
  },
  {
    what: "sums whose words are gone are left out of the whole",
    file: "src/stores/sqlite/read-sums.ts",
    before: "if (lost === undefined) return;",
    after: "return;",
    suites: [DAMAGE],
  },
  {
    what: "rows of meters that no call names are counted in every month",
    file: "src/ledger/reconcile/reconcile.ts",
    before: "usedTokens(row) && period !== null",
    after: "usedTokens(row) && period === undefined",
    suites: [RECONCILE],
  },
  {
    what: "a commission is paid on top of the whole",
    file: "src/agreement/money.ts",
    before: "    parts.set(bearer, left);",
    after: "    parts.set(bearer, left + taken);",
    suites: [MONEY],
  },
];
