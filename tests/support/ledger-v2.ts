/** A ledger file as version 2 of the schema wrote it: the calls of version 1, and charged ones of two months beside them. */

import { DatabaseSync } from "node:sqlite";
import { makeLedgerV1, WORDS_V1 } from "./ledger-v1.ts";

/** Of each charged call; five of them pass int64. */
export const CHARGE_V2 = 2n ** 62n;
export const CHARGED_V2 = 5;

const FACTS = '{"family":"openai","workload":"stateless"}';
const EVIDENCE = '{"api":"chat","job":"inference"}';
const ACCOUNTS = [
  ["recv:openai:amazon", "customer", "none"],
  ["share:C11:microsoft", "microsoft", "C11"],
  ["retained:openai:amazon", "openai", "none"],
] as const;

/** Makes the file: `old-1` and `old-2` as version 1 left them, `big-0` to `big-4` of April, `dark` of May, unpriced. */
export function makeLedgerV2(file: string): void {
  makeLedgerV1(file);
  const database = new DatabaseSync(file);
  database.exec(
    "ALTER TABLE context ADD COLUMN facts TEXT; ALTER TABLE context ADD COLUMN evidence TEXT; PRAGMA user_version = 2",
  );
  insertContext(database, 2, { effectiveAt: "2026-04-02", charge: ["rated", null, "gpt-5.4@2026-03-05", 1] });
  insertContext(database, 3, { effectiveAt: "2026-05-03", charge: ["unpriced", "usage unknown", null, 0] });
  const account = database.prepare("INSERT INTO account VALUES (NULL, ?, ?, ?, ?)");
  for (const words of ACCOUNTS) account.run(JSON.stringify(words), ...words);
  for (let index = 0; index < CHARGED_V2; index++) insertCharged(database, `big-${index}`);
  database
    .prepare(
      "INSERT INTO call VALUES (NULL, 'dark', 0, 1, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    )
    .run();
  database.close();
}

function insertContext(
  database: DatabaseSync,
  id: number,
  {
    effectiveAt,
    charge,
  }: { readonly effectiveAt: string; readonly charge: readonly (string | number | null)[] },
): void {
  const words = [effectiveAt, ...WORDS_V1.slice(1, -4), ...charge, FACTS, EVIDENCE];
  const marks = words.map(() => "?").join(", ");
  database.prepare(`INSERT INTO context VALUES (?, ?, ${marks})`).run(id, JSON.stringify(words), ...words);
}

function insertCharged(database: DatabaseSync, requestId: string): void {
  const { lastInsertRowid: seq } = database
    .prepare("INSERT INTO call VALUES (NULL, ?, 0, 1, 2, 7, 3, NULL, 1, NULL, NULL, ?, NULL, NULL)")
    .run(requestId, CHARGE_V2);
  database.prepare("INSERT INTO rated_line VALUES (?, 'output', 1, ?, ?)").run(seq, CHARGE_V2, CHARGE_V2);
  const posting = database.prepare("INSERT INTO posting VALUES (?, ?, ?, ?)");
  const share = CHARGE_V2 / 5n;
  posting.run(seq, 0, 1, CHARGE_V2);
  posting.run(seq, 1, 2, -share);
  posting.run(seq, 2, 3, share - CHARGE_V2);
}
