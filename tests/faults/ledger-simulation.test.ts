/**
 * A seeded life of a ledger: calls come late, twice, out of order and with other content, the contract date jumps, months are
 * closed, and the writer dies at any of its steps. After each death, and at the end, the file must hold exactly what a pure
 * model makes of the same calls in the same order.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRng } from "../../src/domain/rng.ts";
import { simulateLedger, type Life } from "../support/simulate-ledger.ts";

/** `npm run prove` asks for more lives. */
const LIVES = Number(process.env["CLAUSEWAY_LIVES"] ?? "8");
const FIRST_SEED = Number(process.env["CLAUSEWAY_SEED"] ?? Date.now() % 1_000_000);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-life-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a ledger's life", () => {
  const lives: Life[] = [];

  test.each(Array.from({ length: LIVES }, (_, index) => FIRST_SEED + index))(
    "with seed %d ends as the model says",
    async (seed) => {
      const file = join(folder, String(seed), "ledger.sqlite");
      lives.push(await simulateLedger({ file, rng: seededRng(seed) }));
    },
  );

  test("had enough in it to prove something", () => {
    const sum = (read: (life: Life) => number): number => lives.reduce((all, life) => all + read(life), 0);
    expect(sum(({ deaths }) => deaths)).toBeGreaterThan(LIVES / 2);
    expect(sum(({ settled }) => settled)).toBeGreaterThan(50 * LIVES);
    expect(sum(({ duplicates }) => duplicates)).toBeGreaterThan(LIVES);
    expect(sum(({ conflicts }) => conflicts)).toBeGreaterThan(LIVES);
    expect(sum(({ closedMonths }) => closedMonths)).toBeGreaterThan(LIVES / 2);
    expect(sum(({ cutCalls }) => cutCalls)).toBeGreaterThan(LIVES);
  });
});
