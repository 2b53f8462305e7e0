/** A ledger file that could not be written for a while: the store takes it up again by itself, and nobody else did meanwhile. */

import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { OpenedCall } from "../../../src/ledger/booked-call.ts";
import { foldBook } from "../../../src/ledger/fold-book.ts";
import { openSqliteReader } from "../../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../../src/stores/sqlite/sqlite-store.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { summaryInOrder } from "../../support/in-order.ts";
import { PATIENCE_MS } from "../../support/patience.ts";
import { settledCall, stateEntry } from "../../support/settled-call.ts";

const MORTAL_WORKER = new URL("../../support/mortal-worker.ts", import.meta.url);
const UNAVAILABLE = { code: "LEDGER_UNAVAILABLE" };
let folder = "";
let file = "";
let store: LedgerStore | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clauseway-reopen-"));
  file = join(folder, "ledger.sqlite");
});
afterEach(async () => {
  await store?.close();
  store = null;
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Omit<SqliteStoreOptions, "file"> = {}): Promise<LedgerStore> {
  store = await openSqliteStore({ reopenMs: 20, ...options, file });
  return store;
}

/** A disk of 60 pages until it is given room. */
function smallDisk() {
  let full = true;
  return {
    makeRoom: () => void (full = false),
    maxPages: () => (full ? 60 : null),
  };
}

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

/** Settles groups of ten until one is rejected, and notes one call beside each; returns the ids of those that were acknowledged. */
async function fill(ledger: LedgerStore): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  for (let group = 0; ; group += 1) {
    ledger.open(note(`noted-${group}`));
    const settled = Array.from({ length: 10 }, async (_, index) => {
      const id = `${group}-${index}`;
      await ledger.settle(settledCall(id, { partner: `partner-${index}` }));
      acknowledged.push(id);
    });
    const rejected = (await Promise.allSettled(settled)).filter(({ status }) => status === "rejected");
    if (rejected.length > 0) return acknowledged;
  }
}

/** Resolves once the store takes a call, with how that call is named. */
async function untilTaken(ledger: LedgerStore): Promise<string> {
  let tries = 0;
  const take = (): Promise<boolean> => {
    tries += 1;
    return ledger.settle(settledCall(`after-${tries}`)).then(
      () => true,
      () => false,
    );
  };
  await expect.poll(take, { timeout: PATIENCE_MS }).toBe(true);
  return `after-${tries}`;
}

/** Resolves once its message says so; the store is away meanwhile. */
async function untilSaid(ledger: LedgerStore, words: string): Promise<void> {
  const said = (): Promise<string> => ledger.pendingJobs().then(() => "it answers", String);
  await expect.poll(said, { timeout: PATIENCE_MS }).toContain(words);
}

async function idsIn(reader: LedgerReader): Promise<readonly string[]> {
  return (await reader.calls(0n, 100_000)).map(({ call }) => call.requestId);
}

it("takes calls again once a full disk has room: what was acknowledged is there, and nothing else but what comes then", async () => {
  const disk = smallDisk();
  const ledger = await open(disk);
  const acknowledged = await fill(ledger);
  expect(acknowledged.length).toBeGreaterThan(20);
  // As long as it is full, however often that is tried.
  await untilSaid(ledger, "no room");
  await expect(ledger.settle(settledCall("meanwhile"))).rejects.toMatchObject(UNAVAILABLE);
  await expect(ledger.closePeriod("2026-03", 1)).rejects.toMatchObject(UNAVAILABLE);

  disk.makeRoom();
  const taken = await untilTaken(ledger);

  const reader = openSqliteReader({ file });
  expect(await idsIn(reader)).toEqual([...acknowledged, taken]);
  const fold = foldBook(await reader.calls(0n, 100_000));
  expect(summaryInOrder(await reader.summary())).toEqual(summaryInOrder(fold.summary()));
  expect(summaryInOrder(await ledger.summary())).toEqual(summaryInOrder(fold.summary()));
  await reader.close();
});

it("writes the notes of calls that ran meanwhile, though no call comes", async () => {
  const disk = smallDisk();
  let lost = 0;
  const ledger = await open({ ...disk, onNotesLost: (notes) => (lost += notes) });
  const groups = (await fill(ledger)).length / 10 + 1;
  ledger.open(note("comes-when-it-is-full"));
  await untilSaid(ledger, "no room");
  disk.makeRoom();
  const reader = openSqliteReader({ file });
  const orphans = async (): Promise<readonly string[]> =>
    (await reader.orphans(1_000)).map(({ requestId }) => requestId);
  await expect.poll(orphans, { timeout: PATIENCE_MS }).toContain("comes-when-it-is-full");
  // The last of the groups did not fit.
  const beside = Array.from({ length: groups }, (_, group) => `noted-${group}`);
  expect((await orphans()).toSorted()).toEqual(["comes-when-it-is-full", ...beside].toSorted());
  expect(lost).toBe(0);
  await reader.close();
});

it("keeps its folder locked meanwhile, so that no second gateway writes beside it", async () => {
  const disk = smallDisk();
  const ledger = await open(disk);
  await fill(ledger);
  await untilSaid(ledger, "no room");
  await expect(openSqliteStore({ file })).rejects.toMatchObject({ code: "LEDGER_LOCKED" });
  await ledger.close();
  const next = await openSqliteStore({ file });
  await next.settle(settledCall("next"));
  await next.close();
});

it("says of kept state what the ledger holds, also of a group that was committed and reported as lost", async () => {
  const ledger = await open({ workerUrl: MORTAL_WORKER });
  const entry = stateEntry("resp_1");
  await ledger.settle(settledCall("first", { stateChanges: [{ kind: "register", entry }] }));
  const { partner, id } = entry;
  const move = { kind: "move", partner, id, provider: "aws", region: "us-east-1" } as const;
  const moved = settledCall("fatal-once-written", { stateChanges: [move] });
  await expect(ledger.settle(moved)).rejects.toMatchObject(UNAVAILABLE);
  const taken = await untilTaken(ledger);
  expect(await ledger.findState(partner, id, 0)).toMatchObject({ provider: "aws" });
  const reader = openSqliteReader({ file });
  expect(await idsIn(reader)).toEqual(["first", "fatal-once-written", taken]);
  await reader.close();
});

it("is not used while a part of it cannot be written anew, as under a reader that does not let go", async () => {
  const ledger = await open({ workerUrl: MORTAL_WORKER });
  await ledger.settle(settledCall("first"));
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec("BEGIN; SELECT count(*) FROM call");
  await expect(ledger.settle(settledCall("fatal"))).rejects.toMatchObject(UNAVAILABLE);
  await untilSaid(ledger, "it is being read");
  reader.close();
  await untilTaken(ledger);
});

it("replaces a writer thread that died, which knows nothing of what the one before was told", async () => {
  const ledger = await open({ workerUrl: MORTAL_WORKER });
  await ledger.settle(
    settledCall("before", { stateChanges: [{ kind: "register", entry: stateEntry("resp_1") }] }),
  );
  await expect(ledger.settle(settledCall("fatal"))).rejects.toMatchObject(UNAVAILABLE);
  const taken = await untilTaken(ledger);
  expect(await ledger.findState("amazon", "resp_1", 0)).toMatchObject({ id: "resp_1", provider: "azure" });
  const reader = openSqliteReader({ file });
  expect(await idsIn(reader)).toEqual(["before", taken]);
  await reader.close();
});

it("leaves a damaged file alone, and says what to do", async () => {
  let starts = 0;
  const maxPages = (): null => {
    starts += 1;
    return null;
  };
  const ledger = await open({ workerUrl: MORTAL_WORKER, reopenMs: 1, maxPages });
  await expect(ledger.settle(settledCall("damaging"))).rejects.toMatchObject({
    ...UNAVAILABLE,
    message: expect.stringMatching(/malformed; restore it from a backup and restart the gateway/),
  });
  // Another ledger takes far longer to open than this one would wait.
  await (await openSqliteStore({ file: join(folder, "other", "ledger.sqlite") })).close();
  await ledger.close();
  expect(starts).toBe(1);
});

it("makes no new ledger where its file is gone, and takes it up again when it is back", async () => {
  const disk = smallDisk();
  const ledger = await open(disk);
  const acknowledged = await fill(ledger);
  await untilSaid(ledger, "no room");
  renameSync(file, join(folder, "elsewhere"));
  await untilSaid(ledger, "is gone");
  disk.makeRoom();
  renameSync(join(folder, "elsewhere"), file);
  const taken = await untilTaken(ledger);
  const reader = openSqliteReader({ file });
  expect(await idsIn(reader)).toEqual([...acknowledged, taken]);
  await reader.close();
});

it("ends while it is away, and tells of the notes that nobody will write", async () => {
  let lost = 0;
  const ledger = await open({ ...smallDisk(), reopenMs: 60_000, onNotesLost: (notes) => (lost += notes) });
  await fill(ledger);
  ledger.open(note("a"));
  ledger.open(note("b"));
  await ledger.close();
  // These, and the one that went with the group that failed.
  expect(lost).toBe(3);
  await expect(ledger.settle(settledCall("late"))).rejects.toMatchObject(UNAVAILABLE);
});

it("leaves the file as it was but for the calls: nothing of the proof of room stays", async () => {
  const disk = smallDisk();
  const ledger = await open(disk);
  await fill(ledger);
  disk.makeRoom();
  await untilTaken(ledger);
  await ledger.close();
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'room'").all();
  const check = database.prepare("PRAGMA integrity_check").get();
  database.close();
  expect(tables).toEqual([]);
  expect(check).toEqual({ integrity_check: "ok" });
});
