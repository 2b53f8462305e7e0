/** What was acknowledged is there, once, whatever happens to the connection and to the server. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "pg";
import type { OpenedCall } from "../../../src/ledger/booked-call.ts";
import { buildStatement } from "../../../src/ledger/statement.ts";
import { openPostgresReader } from "../../../src/stores/postgres/postgres-reader.ts";
import { openPostgresStore } from "../../../src/stores/postgres/postgres-store.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { startCuttingProxy, type CuttingProxy } from "../../support/cutting-proxy.ts";
import { PATIENCE_MS } from "../../support/patience.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { settledCall, stateEntry } from "../../support/settled-call.ts";

const NOW_MS = 1_000;

describe.skipIf(!hasPostgres())("a Postgres ledger under faults", () => {
  let server: TestPostgres;
  let ledgers = 0;
  let schema = "";
  const stores: LedgerStore[] = [];
  const open = async (folder?: string): Promise<LedgerStore> => {
    const store = await openPostgresStore({ url: server.url(schema, folder) });
    stores.push(store);
    return store;
  };
  const read = async <T>(ask: (reader: LedgerReader) => Promise<T>): Promise<T> => {
    const reader = await openPostgresReader({ url: server.url(schema) });
    try {
      return await ask(reader);
    } finally {
      await reader.close();
    }
  };
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    ledgers += 1;
    schema = `faults_${ledgers}`;
    return async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()));
    };
  });

  it("loses no acknowledged call and doubles none while its connections are killed", async () => {
    const gateways = [await open(), await open()];
    const killer = await server.connect();
    const acknowledged: string[] = [];
    const refused: unknown[] = [];
    let kills = 0;
    let nextKill = 100;
    const work = async (name: string, store: LedgerStore): Promise<void> => {
      for (let at = 0; at < 60; at++) {
        const id = `${name}-${at}`;
        await store.settle(settledCall(id)).then(
          () => acknowledged.push(id),
          (error: unknown) => refused.push(error),
        );
        // Again and again in the middle of the load, every connection but this one.
        if (acknowledged.length < nextKill) continue;
        nextKill += 150;
        kills += await killAll(killer);
      }
    };
    await Promise.all(
      Array.from({ length: 16 }, (_, at) => work(`worker${at}`, gateways[at % 2] as LedgerStore)),
    );
    await killer.end();
    expect(kills).toBeGreaterThan(4);
    await expectHeld(acknowledged, refused.length);
    // A connection that is lost is made anew, so that callers do not notice.
    expect(refused).toEqual([]);
  });

  it("loses no acknowledged call when the server crashes, and goes on when it is back", async () => {
    const store = await open();
    const acknowledged: string[] = [];
    const refused: unknown[] = [];
    const settleAll = (name: string): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 200 }, (_, at) => {
          const id = `${name}-${at}`;
          return store.settle(settledCall(id)).then(
            () => acknowledged.push(id),
            (error: unknown) => refused.push(error),
          );
        }),
      );
    await settleAll("before");
    const during = settleAll("during");
    await server.crash();
    await server.restart();
    await during;
    await settleAll("after");
    expect(acknowledged.filter((id) => id.startsWith("after"))).toHaveLength(200);
    for (const error of refused) expect(error).toMatchObject({ code: "LEDGER_UNAVAILABLE" });
    await expectHeld(acknowledged, refused.length);
  });

  describe("around a commit", () => {
    let proxy: CuttingProxy;
    beforeEach(async () => {
      proxy = await startCuttingProxy(server.folder);
      return () => proxy.close();
    });
    for (const cut of ["before", "after"] as const) {
      it(`settles a group once whose connection is cut ${cut} its commit`, async () => {
        const store = await open(proxy.folder);
        await store.settle(settledCall("first"));
        proxy.cutNext(cut);
        const entry = stateEntry("resp_1");
        await Promise.all([
          store.settle(settledCall("a", { stateChanges: [{ kind: "register", entry }] })),
          store.settle(settledCall("b")),
        ]);
        expect(proxy.cuts()).toBe(1);
        expect((await store.totals()).calls).toBe(3);
        expect(await store.findState("amazon", "resp_1", NOW_MS)).toEqual(entry);
        const calls = await read((reader) => reader.calls(0n, 10));
        expect(calls.map(({ seq, call }) => [seq, call.requestId])).toEqual([
          [1n, "first"],
          [2n, "a"],
          [3n, "b"],
        ]);
      });

      it(`closes a month once whose connection is cut ${cut} its commit`, async () => {
        const store = await open(proxy.folder);
        await store.settle(settledCall("a"));
        proxy.cutNext(cut);
        const closing = await store.closePeriod("2026-03", NOW_MS);
        expect(proxy.cuts()).toBe(1);
        expect((await read((reader) => reader.periodBook("2026-03"))).closing).toEqual(closing);
        await expect(store.closePeriod("2026-03", NOW_MS)).rejects.toMatchObject({
          code: "LEDGER_PERIOD_CLOSED",
        });
      });
    }

    it("still tells a conflict when the connection was cut", async () => {
      const store = await open(proxy.folder);
      await store.settle(settledCall("a"));
      proxy.cutNext("before");
      const [conflict, beside] = await Promise.allSettled([
        store.settle(settledCall("a", { provider: "aws" })),
        store.settle(settledCall("b")),
      ]);
      expect(conflict).toMatchObject({ status: "rejected", reason: { code: "LEDGER_CONFLICT" } });
      expect(beside.status).toBe("fulfilled");
    });
  });

  it("refuses calls and look-ups while the server is away, and takes calls when it is back", async () => {
    const store = await open();
    await store.settle(settledCall("a"));
    await server.crash();
    const unavailable = { code: "LEDGER_UNAVAILABLE" };
    await expect(store.settle(settledCall("b"))).rejects.toMatchObject(unavailable);
    await expect(store.findState("amazon", "resp_1", NOW_MS)).rejects.toMatchObject(unavailable);
    await expect(store.closePeriod("2026-03", NOW_MS)).rejects.toMatchObject(unavailable);
    await server.restart();
    await store.settle(settledCall("b"));
    expect((await store.totals()).calls).toBe(2);
  });

  it("keeps the notes of calls while the server is away, and writes them when it is back, though no call comes", async () => {
    const store = await open();
    await store.settle(settledCall("a"));
    await server.crash();
    store.open(note("goes-with-a-group"));
    await expect(store.settle(settledCall("b"))).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
    store.open(note("alone"));
    await server.restart();
    const orphans = (): Promise<readonly string[]> =>
      read(async (reader) => (await reader.orphans(1_000)).map(({ requestId }) => requestId));
    await expect.poll(orphans, { timeout: PATIENCE_MS }).toEqual(["alone", "goes-with-a-group"]);
  });

  it("keeps a note that stood beside a call which the server refuses", async () => {
    const store = await open();
    store.open(note("beside"));
    await expect(store.settle(settledCall("c", { model: "nul\0" }))).rejects.toMatchObject({
      code: "LEDGER_REFUSED",
    });
    await store.settle(settledCall("d"));
    expect(await read((reader) => reader.orphans(1_000))).toEqual([note("beside")]);
  });

  it("waits for a writer that holds the ledger, and fails alone what the server refuses", async () => {
    const store = await open();
    await store.settle(settledCall("a"));
    const holder = await server.connect();
    await holder.query(`BEGIN; SELECT * FROM ${schema}.head FOR UPDATE`);
    // Text of Postgres holds no NUL.
    const settled = Promise.allSettled([
      store.settle(settledCall("b")),
      store.settle(settledCall("c", { model: "nul\0" })),
      store.settle(settledCall("d")),
    ]);
    await holder.query("COMMIT");
    await holder.end();
    const outcomes = await settled;
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: { code: "LEDGER_REFUSED" } });
    expect(await store.findState("amazon", "nul\0", NOW_MS)).toBeNull();
    expect((await store.totals()).calls).toBe(3);
  });

  /** Every acknowledged call is there, no call twice; those that were refused may be there or not. */
  async function expectHeld(acknowledged: readonly string[], refused: number): Promise<void> {
    const calls = await read((reader) => reader.calls(0n, 10_000));
    const held = calls.map(({ call }) => call.requestId);
    expect(new Set(held).size).toBe(held.length);
    expect(acknowledged.filter((id) => !held.includes(id))).toEqual([]);
    expect(held.length).toBeLessThanOrEqual(acknowledged.length + refused);
    const summary = await read((reader) => reader.summary());
    expect(summary.uses.reduce((sum, row) => sum + row.calls, 0)).toBe(held.length);
    expect(buildStatement(summary).proof.holds).toBe(true);
  }
});

function note(requestId: string): OpenedCall {
  const operation = "chat.completions.create";
  return {
    requestId,
    openedAtMs: 1,
    partner: "amazon",
    operation,
    provider: "azure",
    digest: "d".repeat(64),
  };
}

/** Ends every other connection of a ledger, whatever it is doing; returns how many. */
async function killAll(killer: Client): Promise<number> {
  const { rows } = await killer.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clauseway'",
  );
  return rows.length;
}
