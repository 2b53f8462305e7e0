/** A disk that is full, or fails: what was acknowledged is there, and nothing else is acknowledged. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BookedCall } from "../../src/ledger/booked-call.ts";
import { foldBook } from "../../src/ledger/fold-book.ts";
import { openSqliteReader } from "../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import { summaryInOrder } from "../support/in-order.ts";
import { settledCall, stateEntry } from "../support/settled-call.ts";

const CHILD = new URL("../support/settle-until-refused.ts", import.meta.url).pathname;
let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clauseway-disk-"));
  file = join(folder, "ledger.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Opens the file anew, as after a repair: it is whole, its sums are those of its calls, and it takes more. */
async function expectWhole(acknowledged: readonly string[]): Promise<readonly BookedCall[]> {
  const store = await openSqliteStore({ file });
  await store.settle(settledCall("after-the-repair"));
  const reader = openSqliteReader({ file });
  const calls = await reader.calls(0n, 100_000);
  const ids = new Set(calls.map(({ call }) => call.requestId));
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  expect(ids.size).toBe(calls.length);
  expect(ids.has("after-the-repair")).toBe(true);
  expect(summaryInOrder(foldBook(calls).summary())).toEqual(summaryInOrder(await reader.summary()));
  expect((await reader.summary()).balancePicoUsd).toBe(0n);
  await reader.close();
  await store.close();
  return calls;
}

describe("a full disk", () => {
  it("rejects the group that does not fit, closes to new calls, and loses nothing that was acknowledged", async () => {
    const store = await openSqliteStore({ file, maxPages: () => 60 });
    const acknowledged: string[] = [];
    const full = { code: "LEDGER_UNAVAILABLE", message: expect.stringContaining("full") };
    const settleGroups = async (): Promise<void> => {
      for (let group = 0; ; group++) {
        const settled = Array.from({ length: 20 }, async (_, index) => {
          const id = `${group}-${index}`;
          await store.settle(
            settledCall(id, {
              partner: `partner-${index}`,
              stateChanges: [{ kind: "register", entry: stateEntry(`resp_${id}`) }],
            }),
          );
          acknowledged.push(id);
        });
        const results = await Promise.allSettled(settled);
        const [first, ...others] = results.filter(({ status }) => status === "rejected");
        if (first?.status !== "rejected") continue;
        // One commit, one fate: all of the group are rejected.
        expect(others).toHaveLength(19);
        throw first.reason;
      }
    };
    await expect(settleGroups()).rejects.toMatchObject(full);
    await expect(store.settle(settledCall("later"))).rejects.toMatchObject(full);
    await expect(store.totals()).rejects.toMatchObject(full);
    await expect(store.closePeriod("2026-03", 1)).rejects.toMatchObject(full);
    await store.close();

    expect(acknowledged.length).toBeGreaterThan(20);
    const calls = await expectWhole(acknowledged);
    // Nothing half-written: only the acknowledged ones are there, each with its state.
    expect(calls).toHaveLength(acknowledged.length + 1);
    const reader = openSqliteReader({ file });
    const held = await Promise.all(acknowledged.map((id) => reader.findState("amazon", `resp_${id}`, 0)));
    expect(held.every((entry) => entry !== null)).toBe(true);
    expect(await reader.findState("amazon", "resp_later", 0)).toBeNull();
    await reader.close();
  });

  it("says so when even the empty ledger does not fit", async () => {
    await expect(openSqliteStore({ file, maxPages: () => 3 })).rejects.toMatchObject({
      code: "LEDGER_UNWRITABLE",
    });
    const store = await openSqliteStore({ file });
    await store.settle(settledCall("a"));
    await store.close();
  });
});

/** Whether system calls of a child can be made to fail here. */
const canInject = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]).status === 0;
if (!canInject) {
  process.stderr.write("disk-errors: no working strace, so failing writes and syncs are not tested\n");
}

/** Runs the child with some of its system calls failing; returns what it printed. */
async function settleWith(fault: string, ...words: readonly string[]): Promise<readonly string[]> {
  const calls = fault.slice(0, fault.indexOf(":"));
  const strace = ["-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", `--trace=${calls}`, `--inject=${fault}`];
  const child = spawn("strace", [...strace, process.execPath, CHILD, file, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  return output.trim().split("\n");
}

describe.skipIf(!canInject)("a disk that fails", () => {
  // Counted for each thread, from the first; opening the ledger takes some of them.
  for (const fault of [
    "fsync,fdatasync:error=EIO:when=40+",
    "fsync,fdatasync:error=EIO:when=41",
    "pwrite64:error=EIO:when=600+",
    "pwrite64:error=ENOSPC:when=601",
    "pwrite64:error=EIO:when=701",
  ]) {
    it(`acknowledges nothing that is not there afterwards: ${fault}`, async () => {
      const lines = await settleWith(fault);
      expect(lines.at(-1)).toBe("refused LEDGER_UNAVAILABLE LEDGER_UNAVAILABLE");
      const acknowledged = lines.slice(0, -1);
      expect(acknowledged.length).toBeGreaterThan(0);
      await expectWhole(acknowledged);
    });
  }

  for (const fault of ["fsync,fdatasync:error=EIO:when=41", "pwrite64:error=ENOSPC:when=601"]) {
    it(`is used again once it works, and holds what was acknowledged before and after: ${fault}`, async () => {
      const lines = await settleWith(fault, "again");
      const refused = lines.indexOf("refused LEDGER_UNAVAILABLE LEDGER_UNAVAILABLE");
      expect(refused).toBeGreaterThan(0);
      const after = lines.slice(refused + 1);
      // Until the new thread meets the same fault.
      expect(after.length).toBeGreaterThan(10);
      await expectWhole([...lines.slice(0, refused), ...after]);
    });
  }
});
