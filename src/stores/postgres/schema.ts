/**
 * The tables of a Postgres ledger. Amounts are whole picodollars in NUMERIC(38,0); null tokens are unknown, never zero.
 *
 * `context` and `account` hold what many rows share, so that a call is one narrow row, its priced lines and its postings.
 * Rows of calls and closed months are only ever inserted. What is changed is changed in the transaction of the calls that
 * change it: `state`, the running sums (`use_sum`, `part_sum`, `cap_use`), the notes of calls under way (`opened`), and
 * `head`, whose one row is what writers queue for: the order in which they hold it is the order of the ledger.
 */

/** Written to `ledger_meta`; the same number as the SQLite schema that holds the same. A higher one is refused. */
export const SCHEMA_VERSION = 3;

/** What marks a schema as a ledger of this project. */
export const APPLICATION = "clauseway";

const PICO_USD = "NUMERIC(38,0)";

export const SCHEMA = `
CREATE TABLE ledger_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO ledger_meta VALUES
  ('application', '${APPLICATION}'), ('schema_version', '${SCHEMA_VERSION}'),
  ('currency', 'USD'), ('unit', 'picodollar'), ('scale', '12');

CREATE TABLE head (
  id SMALLINT PRIMARY KEY CHECK (id = 1),
  last_seq BIGINT NOT NULL,
  last_closed TEXT
);
INSERT INTO head (id, last_seq) VALUES (1, 0);

CREATE TABLE context (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key_sha256 BYTEA NOT NULL UNIQUE,
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
  streamed BOOLEAN NOT NULL,
  usage_source TEXT NOT NULL,
  service_tier TEXT,
  charge_kind TEXT NOT NULL CHECK (charge_kind IN ('rated', 'free', 'unpriced')),
  unpriced_reason TEXT,
  price_version TEXT,
  assumed BOOLEAN NOT NULL,
  facts TEXT,
  evidence TEXT,
  split TEXT,
  caps TEXT,
  hosting TEXT
);

CREATE TABLE account (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path TEXT NOT NULL,
  party TEXT NOT NULL,
  clause TEXT NOT NULL,
  UNIQUE (path, party, clause)
);

CREATE TABLE call (
  seq BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL,
  phase SMALLINT NOT NULL CHECK (phase IN (0, 1)),
  recorded_at_ms BIGINT NOT NULL,
  period TEXT NOT NULL,
  context_id BIGINT NOT NULL,
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  input_tokens BIGINT CHECK (input_tokens >= 0),
  cached_input_tokens BIGINT CHECK (cached_input_tokens >= 0),
  cache_write_tokens BIGINT CHECK (cache_write_tokens >= 0),
  output_tokens BIGINT CHECK (output_tokens >= 0),
  reasoning_tokens BIGINT CHECK (reasoning_tokens >= 0),
  trained_tokens BIGINT CHECK (trained_tokens >= 0),
  requested_tier TEXT,
  charge_pico_usd ${PICO_USD} CHECK (charge_pico_usd >= 0),
  unpriced BOOLEAN NOT NULL,
  cut BOOLEAN NOT NULL,
  cap_uses TEXT,
  pending_job TEXT,
  state_changes TEXT,
  input_sha256 BYTEA NOT NULL,
  UNIQUE (request_id, phase)
);
CREATE INDEX call_pending ON call (seq) WHERE pending_job IS NOT NULL;
CREATE INDEX call_unpriced ON call (seq) WHERE unpriced;

CREATE TABLE rated_line (
  call_seq BIGINT NOT NULL,
  line SMALLINT NOT NULL,
  unit TEXT NOT NULL,
  quantity ${PICO_USD} NOT NULL,
  unit_price_pico_usd ${PICO_USD} NOT NULL,
  amount_pico_usd ${PICO_USD} NOT NULL CHECK (amount_pico_usd = quantity * unit_price_pico_usd),
  PRIMARY KEY (call_seq, line)
);

CREATE TABLE posting (
  call_seq BIGINT NOT NULL,
  line SMALLINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('accrue', 'host')),
  account_id BIGINT NOT NULL,
  amount_pico_usd ${PICO_USD} NOT NULL,
  PRIMARY KEY (call_seq, line)
);

CREATE TABLE state (
  partner TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  provider TEXT NOT NULL,
  region TEXT NOT NULL,
  expires_at_ms BIGINT,
  PRIMARY KEY (partner, id)
);

CREATE TABLE opened (
  request_id TEXT PRIMARY KEY,
  opened_at_ms BIGINT NOT NULL,
  partner TEXT NOT NULL,
  operation TEXT NOT NULL,
  provider TEXT NOT NULL,
  digest TEXT NOT NULL
);

CREATE TABLE use_sum (
  period TEXT NOT NULL,
  context_id BIGINT NOT NULL,
  cut BOOLEAN NOT NULL,
  calls BIGINT NOT NULL,
  completions BIGINT NOT NULL,
  input_tokens ${PICO_USD} NOT NULL,
  cached_input_tokens ${PICO_USD} NOT NULL,
  output_tokens ${PICO_USD} NOT NULL,
  reasoning_tokens ${PICO_USD} NOT NULL,
  trained_tokens ${PICO_USD} NOT NULL,
  gross_pico_usd ${PICO_USD} NOT NULL,
  PRIMARY KEY (period, context_id, cut)
) WITH (fillfactor = 50);

CREATE TABLE part_sum (
  period TEXT NOT NULL,
  context_id BIGINT NOT NULL,
  cut BOOLEAN NOT NULL,
  account_id BIGINT NOT NULL,
  amount_pico_usd ${PICO_USD} NOT NULL,
  PRIMARY KEY (period, context_id, cut, account_id)
) WITH (fillfactor = 50);

CREATE TABLE cap_use (
  clause TEXT NOT NULL,
  span TEXT NOT NULL,
  period TEXT NOT NULL,
  limit_pico_usd ${PICO_USD} NOT NULL,
  granted_pico_usd ${PICO_USD} NOT NULL,
  PRIMARY KEY (clause, span, period, limit_pico_usd)
) WITH (fillfactor = 50);

CREATE TABLE period (
  period TEXT PRIMARY KEY,
  cutoff_seq BIGINT NOT NULL,
  closed_at_ms BIGINT NOT NULL,
  carries TEXT NOT NULL,
  statement TEXT NOT NULL,
  manifest_sha256 TEXT NOT NULL
);

CREATE TABLE period_posting (
  period TEXT NOT NULL,
  tx INTEGER NOT NULL,
  line INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('trueup', 'owe', 'net', 'settle', 'round')),
  path TEXT NOT NULL,
  party TEXT NOT NULL,
  clause TEXT NOT NULL,
  amount_pico_usd ${PICO_USD} NOT NULL,
  PRIMARY KEY (period, tx, line)
);
`;
