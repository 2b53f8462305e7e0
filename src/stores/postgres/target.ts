/** Where a Postgres ledger is: the parts of its URL, and how to name it without its password. */

import { LedgerError } from "../ledger-error.ts";

export interface PostgresTarget {
  /** For the driver; holds the password, so it is never shown. */
  readonly connectionString: string;
  /** The schema that holds the tables; of its own, so that a database can be shared. */
  readonly schema: string;
  /** Such as `clauseway@db.example:5432/ledger (schema clauseway)`. */
  readonly shown: string;
}

const DEFAULT_SCHEMA = "clauseway";

/**
 * Reads `postgres://user:password@host:port/database`, with `?schema=` for a schema other than `clauseway`; what else it asks for
 * (`sslmode`, `host` of a socket, `options`) is the driver's. Throws LedgerError `LEDGER_URL`, which does not repeat the URL.
 */
export function readTarget(url: string): PostgresTarget {
  if (!URL.canParse(url) || !isPostgresUrl(url)) throw malformed("is no such URL");
  const parsed = new URL(url);
  const schema = parsed.searchParams.get("schema") ?? DEFAULT_SCHEMA;
  if (!/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw malformed(
      `has the schema \`${schema}\`: use at most 63 lower-case letters, digits and _, not beginning with pg_`,
    );
  }
  parsed.searchParams.delete("schema");
  // What the URL asks for comes last, so it wins.
  const options = [
    "-c synchronous_commit=on",
    parsed.searchParams.get("options") ?? "",
    `-c search_path=${schema}`,
  ];
  parsed.searchParams.set("options", options.filter((option) => option !== "").join(" "));
  const host = parsed.searchParams.get("host") ?? (parsed.hostname || "localhost");
  const user = parsed.username === "" ? "" : `${decodeURIComponent(parsed.username)}@`;
  const database = decodeURIComponent(parsed.pathname.slice(1));
  return {
    connectionString: parsed.href,
    schema,
    shown: `${user}${host}:${parsed.port || "5432"}/${database} (schema ${schema})`,
  };
}

function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

function malformed(problem: string): LedgerError {
  return new LedgerError(
    "LEDGER_URL",
    `the ledger URL ${problem}: give postgres://user:password@host:5432/database, with ?schema=name for a schema of its own`,
  );
}
