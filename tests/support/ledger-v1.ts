/** A ledger file as version 1 of the schema wrote it: one answered call and one job that is still open. */

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The text of that version, kept word for word: files made by it are out there. */
const SCHEMA_1 = `
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
  assumed INTEGER NOT NULL CHECK (assumed IN (0, 1))
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

/** The words of a context in that version's order. */
export const WORDS_V1 = [
  "2026-03-31",
  "amazon",
  "openai",
  "chat.completions.create",
  "stateless",
  "gpt-5.4",
  null,
  "azure",
  "eastus2",
  '["C1"]',
  "2026-02-27",
  "d".repeat(64),
  "ok",
  200,
  0,
  "reported",
  null,
  "free",
  null,
  null,
  0,
];

/** Makes the file and its folder: calls `old-1` (answered) and `old-2` (which started batch `batch_old`), both free. */
export function makeLedgerV1(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(
    `BEGIN; ${SCHEMA_1} PRAGMA application_id = ${0x63_6c_77_73}; PRAGMA user_version = 1; COMMIT`,
  );
  const marks = WORDS_V1.map(() => "?").join(", ");
  database.prepare(`INSERT INTO context VALUES (1, ?, ${marks})`).run(JSON.stringify(WORDS_V1), ...WORDS_V1);
  const call = database.prepare(
    "INSERT INTO call VALUES (NULL, ?, 0, 1, 1, 12, NULL, NULL, 34, NULL, NULL, NULL, ?, NULL)",
  );
  call.run("old-1", null);
  call.run(
    "old-2",
    JSON.stringify({
      id: "batch_old",
      kind: "batch",
      moneyClauses: ["C11"],
      sharePpm: { microsoft: 200_000, openai: 800_000 },
    }),
  );
  database.close();
}
