/**
 * The tables of a ledger file. Amounts are whole picodollars in int64; null tokens are unknown, never zero. A sum that can
 * pass int64 stands in two columns: `x_hi` x 2^32 + `x_lo`, where the low one is from 0 to 2^32-1, also below zero.
 *
 * `context` and `account` hold what many rows share, so that a call is one narrow row, its priced lines and its postings.
 * Calls and what belongs to them are only ever inserted. `use_sum`, `part_sum` and `cap_use` are the running sums over them,
 * kept in the transaction of the calls: statements read these, whatever the number of calls. `state` follows the calls;
 * `opened` holds those under way, and after a crash those that never ended. A closed month has a row in `period`.
 */

/** Marks a SQLite file as a ledger of this project: `clws` in ASCII. */
export const APPLICATION_ID = 0x63_6c_77_73;

/** Written to `user_version`. A file of a higher version is refused, one of a lower version is migrated: see migrate.ts. */
export const SCHEMA_VERSION = 3;

/** Columns of `call` that an encoded call gives values for, in order; see encode.ts. */
export const CALL_CELLS = [
  "input_tokens",
  "cached_input_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "trained_tokens",
  "charge_pico_usd",
  "requested_tier",
  "attempts",
  "pending_job",
  "state_changes",
] as const;

/** Columns of `use_sum` that stand in two limbs, in order. */
export const USE_LIMBS = [
  "input_tokens",
  "cached_input_tokens",
  "output_tokens",
  "reasoning_tokens",
  "trained_tokens",
  "gross_pico_usd",
] as const;

/**
 * Calls of a context. `period` is the month it is booked in as `yyyymm`, for a late call not that of its date. `cut` says that
 * a cap cut its shares; `cap_before` what each cap that its shares were held against had let through before, as decimals in
 * the order of the context's caps.
 */
export const CALL_TABLE = `
CREATE TABLE call (
  seq INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL,
  phase INTEGER NOT NULL CHECK (phase IN (0, 1)),
  recorded_at_ms INTEGER NOT NULL,
  context_id INTEGER NOT NULL,
  period INTEGER NOT NULL CHECK (period % 100 BETWEEN 1 AND 12),
  cut INTEGER NOT NULL CHECK (cut IN (0, 1)),
  cap_before TEXT,
  unpriced INTEGER NOT NULL CHECK (unpriced IN (0, 1)),
  input_tokens INTEGER CHECK (input_tokens >= 0),
  cached_input_tokens INTEGER CHECK (cached_input_tokens >= 0),
  cache_write_tokens INTEGER CHECK (cache_write_tokens >= 0),
  output_tokens INTEGER CHECK (output_tokens >= 0),
  reasoning_tokens INTEGER CHECK (reasoning_tokens >= 0),
  trained_tokens INTEGER CHECK (trained_tokens >= 0),
  charge_pico_usd INTEGER CHECK (charge_pico_usd >= 0),
  requested_tier TEXT,
  attempts INTEGER CHECK (attempts >= 0),
  pending_job TEXT,
  state_changes TEXT,
  UNIQUE (request_id, phase)
) STRICT;
CREATE INDEX call_pending ON call (seq) WHERE pending_job IS NOT NULL;
CREATE INDEX call_unpriced ON call (seq) WHERE unpriced = 1;
`;

/** What version 3 brought. Limits of caps and amounts of a whole month may pass int64: decimal text. */
export const MONTH_TABLES = `
CREATE TABLE use_sum (
  period INTEGER NOT NULL,
  context_id INTEGER NOT NULL,
  cut INTEGER NOT NULL CHECK (cut IN (0, 1)),
  calls INTEGER NOT NULL,
  completions INTEGER NOT NULL,
${USE_LIMBS.map((name) => `  ${name}_hi INTEGER NOT NULL,\n  ${name}_lo INTEGER NOT NULL,`).join("\n")}
  PRIMARY KEY (period, context_id, cut)
) STRICT, WITHOUT ROWID;

CREATE TABLE part_sum (
  period INTEGER NOT NULL,
  context_id INTEGER NOT NULL,
  cut INTEGER NOT NULL CHECK (cut IN (0, 1)),
  account_id INTEGER NOT NULL,
  amount_hi INTEGER NOT NULL,
  amount_lo INTEGER NOT NULL,
  PRIMARY KEY (period, context_id, cut, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cap_use (
  clause TEXT NOT NULL,
  span TEXT NOT NULL,
  period INTEGER NOT NULL,
  limit_pico_usd TEXT NOT NULL,
  granted_hi INTEGER NOT NULL,
  granted_lo INTEGER NOT NULL,
  PRIMARY KEY (clause, span, period, limit_pico_usd)
) STRICT, WITHOUT ROWID;

CREATE TABLE opened (
  request_id TEXT PRIMARY KEY,
  opened_at_ms INTEGER NOT NULL,
  partner TEXT NOT NULL,
  operation TEXT NOT NULL,
  provider TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE period (
  period INTEGER PRIMARY KEY,
  cutoff_seq INTEGER NOT NULL,
  closed_at_ms INTEGER NOT NULL,
  carries TEXT NOT NULL,
  statement TEXT NOT NULL,
  manifest_sha256 TEXT NOT NULL
) STRICT;

CREATE TABLE period_posting (
  period INTEGER NOT NULL,
  tx INTEGER NOT NULL,
  line INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('trueup', 'owe', 'net', 'settle', 'round')),
  account_id INTEGER NOT NULL,
  amount_pico_usd TEXT NOT NULL,
  PRIMARY KEY (period, tx, line)
) STRICT, WITHOUT ROWID;
`;

export const SCHEMA = `
CREATE TABLE ledger_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO ledger_meta VALUES ('currency', 'USD'), ('unit', 'picodollar'), ('scale', '12');

CREATE TABLE context (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  effective_at TEXT NOT NULL,
  partner TEXT NOT NULL,
  seller TEXT NOT NULL,
  operation TEXT NOT NULL,
  workload TEXT NOT NULL,
  model TEXT,
  model_served TEXT,
  provider TEXT NOT NULL,
  region TEXT NOT NULL,
  clauses TEXT NOT NULL,
  agreement TEXT NOT NULL,
  digest TEXT NOT NULL,
  outcome TEXT NOT NULL,
  http_status INTEGER NOT NULL,
  streamed INTEGER NOT NULL CHECK (streamed IN (0, 1)),
  usage_source TEXT NOT NULL,
  service_tier TEXT,
  charge_kind TEXT NOT NULL CHECK (charge_kind IN ('rated', 'free', 'unpriced')),
  unpriced_reason TEXT,
  price_version TEXT,
  assumed INTEGER NOT NULL CHECK (assumed IN (0, 1)),
  facts TEXT,
  evidence TEXT,
  split TEXT,
  caps TEXT,
  hosting TEXT
) STRICT;

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,
  party TEXT NOT NULL,
  clause TEXT NOT NULL
) STRICT;
${CALL_TABLE}
CREATE TABLE rated_line (
  call_seq INTEGER NOT NULL,
  unit TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  unit_price_pico_usd INTEGER NOT NULL,
  amount_pico_usd INTEGER NOT NULL CHECK (amount_pico_usd = quantity * unit_price_pico_usd),
  PRIMARY KEY (call_seq, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE posting (
  call_seq INTEGER NOT NULL,
  line INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  amount_pico_usd INTEGER NOT NULL,
  PRIMARY KEY (call_seq, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE state (
  partner TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  provider TEXT NOT NULL,
  region TEXT NOT NULL,
  expires_at_ms INTEGER,
  PRIMARY KEY (partner, id)
) STRICT, WITHOUT ROWID;
${MONTH_TABLES}`;
