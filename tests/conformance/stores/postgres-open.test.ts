/** What a gateway finds behind the URL of its ledger, and what it says about it. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "pg";
import { openPostgresReader } from "../../../src/stores/postgres/postgres-reader.ts";
import { openPostgresStore } from "../../../src/stores/postgres/postgres-store.ts";
import { readTarget } from "../../../src/stores/postgres/target.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { settledCall } from "../../support/settled-call.ts";

const PASSWORD = "fake-very-secret";

describe("the URL of a Postgres ledger", () => {
  it("is shown without its password", () => {
    const { shown, schema } = readTarget(`postgres://gate:${PASSWORD}@db.example:6432/money?sslmode=require`);
    expect(shown).toBe("gate@db.example:6432/money (schema clauseway)");
    expect(schema).toBe("clauseway");
  });

  it("names a schema, and keeps what else it asks for", () => {
    const { connectionString, schema } = readTarget("postgres://db/money?schema=run_7&sslmode=disable");
    expect(schema).toBe("run_7");
    const parameters = new URL(connectionString).searchParams;
    expect([...parameters.keys()].sort()).toEqual(["options", "sslmode"]);
    expect(parameters.get("options")).toContain("search_path=run_7");
  });

  const malformed: Readonly<Record<string, string>> = {
    "no URL": `postgres//${PASSWORD}`,
    "another kind of database": `mysql://u:${PASSWORD}@db/money`,
    "a schema that would need quotes": `postgres://u:${PASSWORD}@db/money?schema=Run-7`,
    "a schema of the server's own": `postgres://u:${PASSWORD}@db/money?schema=pg_catalog`,
    "a schema that says more": `postgres://u:${PASSWORD}@db/money?schema=a;drop`,
  };
  for (const [what, url] of Object.entries(malformed)) {
    it(`is refused for ${what}, without repeating it`, async () => {
      const refused: unknown = await openPostgresStore({ url }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: "LedgerError", code: "LEDGER_URL" });
      expect(String(refused)).not.toContain(PASSWORD);
      await expect(openPostgresReader({ url })).rejects.toMatchObject({ code: "LEDGER_URL" });
    });
  }

  it("that nobody answers at is said to be unavailable, with what to do and without the password", async () => {
    // Port 1 is privileged and unused.
    const url = `postgres://gate:${PASSWORD}@127.0.0.1:1/money`;
    for (const open of [openPostgresStore, openPostgresReader]) {
      const refused: unknown = await open({ url }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: "LedgerError", code: "LEDGER_UNAVAILABLE" });
      expect(String(refused)).toMatch(
        /gate@127\.0\.0\.1:1\/money .*ECONNREFUSED.*see that Postgres runs there/,
      );
      expect(String(refused)).not.toContain(PASSWORD);
    }
  });
});

describe.skipIf(!hasPostgres())("opening a Postgres ledger", () => {
  let server: TestPostgres;
  let client: Client;
  beforeAll(async () => {
    server = await startPostgres();
    client = await server.connect();
  });
  afterAll(async () => {
    await client.end();
    await server.close();
  });

  it("makes its tables once when many gateways start at once", async () => {
    const url = server.url("many");
    const stores = await Promise.all(Array.from({ length: 6 }, () => openPostgresStore({ url })));
    await Promise.all(stores.map((store, at) => store.settle(settledCall(`call-${at}`))));
    expect((await stores[0]?.totals())?.calls).toBe(6);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("finds what an earlier gateway wrote", async () => {
    const url = server.url("again");
    const first = await openPostgresStore({ url });
    await first.settle(settledCall("a"));
    await first.close();
    const second = await openPostgresStore({ url });
    await second.settle(settledCall("a"));
    await second.settle(settledCall("b"));
    expect((await second.totals()).calls).toBe(2);
    await second.close();
  });

  it("keeps the ledgers of two schemas apart", async () => {
    const stores = await Promise.all(
      ["left", "right"].map((schema) => openPostgresStore({ url: server.url(schema) })),
    );
    await stores[0]?.settle(settledCall("a"));
    expect((await stores[1]?.totals())?.calls).toBe(0);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("refuses the tables of another program, and leaves them as they are", async () => {
    await client.query("CREATE SCHEMA foreign_one; CREATE TABLE foreign_one.invoice (id INTEGER)");
    const url = server.url("foreign_one");
    await expect(openPostgresStore({ url })).rejects.toMatchObject({ code: "LEDGER_FOREIGN" });
    await expect(openPostgresReader({ url })).rejects.toMatchObject({ code: "LEDGER_FOREIGN" });
    const { rows } = await client.query(
      "SELECT count(*) AS tables FROM pg_tables WHERE schemaname = 'foreign_one'",
    );
    expect(rows).toEqual([{ tables: "1" }]);
  });

  it("refuses another program's table that happens to have the name of ours", async () => {
    await client.query("CREATE SCHEMA foreign_two; CREATE TABLE foreign_two.ledger_meta (id INTEGER)");
    await expect(openPostgresStore({ url: server.url("foreign_two") })).rejects.toMatchObject({
      code: "LEDGER_FOREIGN",
    });
  });

  it("refuses a ledger of a newer version", async () => {
    const url = server.url("newer");
    await (await openPostgresStore({ url })).close();
    await client.query("UPDATE newer.ledger_meta SET value = '99' WHERE key = 'schema_version'");
    await expect(openPostgresStore({ url })).rejects.toMatchObject({ code: "LEDGER_NEWER_SCHEMA" });
    await expect(openPostgresReader({ url })).rejects.toMatchObject({ code: "LEDGER_NEWER_SCHEMA" });
  });

  it("has nothing to read where no gateway has been, and makes nothing", async () => {
    await expect(openPostgresReader({ url: server.url("nobody") })).rejects.toMatchObject({
      code: "LEDGER_MISSING",
    });
    const { rows } = await client.query("SELECT to_regnamespace('nobody') AS found");
    expect(rows).toEqual([{ found: null }]);
  });

  it("says that a database is missing", async () => {
    const url = server.url("any").replace("/postgres?", "/no_such_database?");
    await expect(openPostgresStore({ url })).rejects.toMatchObject({ code: "LEDGER_MISSING" });
  });

  it("says what a user without rights is to be granted", async () => {
    await client.query("CREATE ROLE guest LOGIN");
    const url = server.url("guests").replace("postgres@", "guest@");
    const refused: unknown = await openPostgresStore({ url }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "LEDGER_UNWRITABLE" });
    expect(String(refused)).toContain("grant CREATE");
  });

  it("refuses a server that does not sync what it acknowledges", async () => {
    await client.query("ALTER SYSTEM SET fsync = off");
    await client.query("SELECT pg_reload_conf()");
    try {
      await expect.poll(() => fsync(client)).toBe("off");
      await expect(openPostgresStore({ url: server.url("unsynced") })).rejects.toMatchObject({
        code: "LEDGER_UNSUPPORTED_POSTGRES",
      });
    } finally {
      await client.query("ALTER SYSTEM RESET fsync");
      await client.query("SELECT pg_reload_conf()");
    }
  });

  it("syncs each commit, also where the server would not", async () => {
    await client.query("ALTER ROLE postgres SET synchronous_commit = off");
    try {
      const store = await openPostgresStore({ url: server.url("synced") });
      await client.query(`
        CREATE TABLE public.seen (setting TEXT);
        CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
        CREATE TRIGGER see AFTER INSERT ON synced.call FOR EACH STATEMENT EXECUTE FUNCTION public.see()`);
      await store.settle(settledCall("a"));
      expect((await client.query("SELECT setting FROM public.seen")).rows).toEqual([{ setting: "on" }]);
      await store.close();
    } finally {
      await client.query("ALTER ROLE postgres RESET synchronous_commit");
    }
  });
});

async function fsync(client: Client): Promise<unknown> {
  const { rows } = await client.query<{ readonly fsync: string }>("SHOW fsync");
  return rows[0]?.fsync;
}
