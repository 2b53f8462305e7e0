/** `clauseway statement`: what each party earned, read from the ledger, also while a gateway writes it. */

import { join } from "node:path";
import { readSettings } from "../app/settings.ts";
import { formatStatementJson, formatStatementText } from "../ledger/format-statement.ts";
import { buildStatement } from "../ledger/statement.ts";
import { openSqliteReader } from "../stores/sqlite/sqlite-reader.ts";

const LEDGER_BROKEN = 4;

export interface StatementFlags {
  readonly data?: string;
  readonly json?: boolean;
}

/** Returns the exit code: 0, or 4 when the proof does not hold. */
export function statement(flags: StatementFlags): number {
  const { dataDir } = readSettings(flags.data === undefined ? {} : { data: flags.data }, process.env);
  const reader = openSqliteReader({ file: join(dataDir, "ledger.sqlite") });
  try {
    const built = buildStatement(reader.summary());
    process.stdout.write(flags.json ? formatStatementJson(built) : formatStatementText(built));
    return built.proof.holds ? 0 : LEDGER_BROKEN;
  } finally {
    reader.close();
  }
}
