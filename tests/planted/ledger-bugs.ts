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
const REPLAY = "tests/unit/ledger/replay.test.ts";
const RECONCILE = "tests/unit/ledger/reconcile.test.ts";
const CHARGE = "tests/unit/pricing/charge.test.ts";
const HISTORY = "tests/unit/pricing/price-history.test.ts";
const MONEY = "tests/unit/agreement/money.test.ts";
const STORES = "tests/conformance/stores/conformance.test.ts";
const MONTHS = "tests/conformance/stores/months.test.ts";
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
    file: "src/ledger/closing/true-up.ts",
    before: "add({ account, party, clause, payer: seller, amountPicoUsd: picoUsd(-amountPicoUsd) });",
    after: "add({ account, party, clause, payer: seller, amountPicoUsd: picoUsd(1n - amountPicoUsd) });",
    suites: [CLOSE],
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
    what: "cached tokens are priced twice",
    file: "src/domain/buckets.ts",
    before: "inputTokens === null ? null : inputTokens - partsOf(usage)",
    after: "inputTokens === null ? null : inputTokens",
    suites: [CHARGE],
  },
  {
    what: "long context begins at 272,000 tokens",
    file: "src/pricing/charge.ts",
    before: "inputTokens > longContextOver",
    after: "inputTokens >= longContextOver",
    suites: [CHARGE],
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
    what: "a commission is paid on top of the whole",
    file: "src/agreement/money.ts",
    before: "    parts.set(bearer, left);",
    after: "    parts.set(bearer, left + taken);",
    suites: [MONEY],
  },
];
