/**
 * The tables of a ledger file. Amounts are whole picodollars in int64; null tokens are unknown, never zero.
 *
 * `context` and `account` hold what many rows share, so that a call is one narrow row, its priced lines and its postings.
 * Rows are only ever inserted; `state` alone is changed, in the transaction of the call that changes it. Periods, caps,
 * netting and checkpoints will be tables of their own: a later version adds them, it does not touch these.
 */

/** Marks a SQLite file as a ledger of this project: `clws` in ASCII. */
export const APPLICATION_ID = 0x63_6c_77_73;

/** Written to `user_version`. A file of a higher version is refused, one of a lower version is migrated: see migrate.ts. */
export const SCHEMA_VERSION = 2;

/** Columns of `context` in the order in which they are encoded; see encode.ts. */
export const CONTEXT_COLUMNS = [
  "effective_at",
  "partner",
  "seller",
  "operation",
  "workload",
  "model",
  "model_served",
  "provider",
  "region",
  "clauses",
  "agreement",
  "digest",
  "outcome",
  "http_status",
  "streamed",
  "usage_source",
  "service_tier",
  "charge_kind",
  "unpriced_reason",
  "price_version",
  "assumed",
  "facts",
  "evidence",
] as const;

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
  evidence TEXT
) STRICT;

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,
  party TEXT NOT NULL,
  clause TEXT NOT NULL
) STRICT;

CREATE TABLE call (
  seq INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL,
  phase INTEGER NOT NULL CHECK (phase IN (0, 1)),
  recorded_at_ms INTEGER NOT NULL,
  context_id INTEGER NOT NULL,
  input_tokens INTEGER CHECK (input_tokens >= 0),
  cached_input_tokens INTEGER CHECK (cached_input_tokens >= 0),
  cache_write_tokens INTEGER CHECK (cache_write_tokens >= 0),
  output_tokens INTEGER CHECK (output_tokens >= 0),
  reasoning_tokens INTEGER CHECK (reasoning_tokens >= 0),
  trained_tokens INTEGER CHECK (trained_tokens >= 0),
  charge_pico_usd INTEGER CHECK (charge_pico_usd >= 0),
  pending_job TEXT,
  state_changes TEXT,
  UNIQUE (request_id, phase)
) STRICT;
CREATE INDEX call_pending ON call (seq) WHERE pending_job IS NOT NULL;

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
`;
