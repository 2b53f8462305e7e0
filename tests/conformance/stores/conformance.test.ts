/** What every ledger store promises, whatever keeps it. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RatedLine, SettledCall } from "../../../src/domain/ledger.ts";
import { picoUsd, ppm } from "../../../src/domain/units.ts";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import { LedgerInvariantError } from "../../../src/ledger/invariant.ts";
import { buildStatement } from "../../../src/ledger/statement.ts";
import { LedgerConflictError } from "../../../src/stores/ledger-error.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { chargeOf, settledCall, stateEntry, USUAL_TERMS, USUAL_USAGE } from "../../support/settled-call.ts";
import { ENGINES, type OpenLedger } from "./engines.ts";

const NOW_MS = 1_000;

for (const { name, open } of ENGINES) {
  describe(`${name} store`, () => {
    let ledger: OpenLedger;
    let store: LedgerStore;
    let reader: LedgerReader;
    beforeEach(async () => {
      ledger = await open();
      ({ store, reader } = ledger);
    });
    afterEach(() => ledger.end());

    it("is empty at first", async () => {
      expect(await store.totals()).toEqual({
        calls: 0,
        completions: 0,
        byProvider: {},
        inputTokens: 0n,
        outputTokens: 0n,
        trainedTokens: 0n,
        grossPicoUsd: 0n,
        byParty: {},
        unpriced: 0,
        estimated: 0,
      });
      expect(await store.pendingJobs()).toEqual([]);
    });

    it("sums calls, tokens and money by provider and party", async () => {
      await Promise.all([
        store.settle(settledCall("a")),
        store.settle(settledCall("b", { provider: "aws", partner: "direct" })),
        store.settle(settledCall("c", { charge: { kind: "free" }, usage: NO_USAGE })),
        store.settle(
          settledCall("d", { charge: { kind: "unpriced", reason: "usage unknown" }, usage: NO_USAGE }),
        ),
        store.settle(settledCall("e", { usage: { ...NO_USAGE, inputTokens: 5, source: "estimated" } })),
      ]);
      expect(await store.totals()).toEqual({
        calls: 5,
        completions: 0,
        byProvider: { azure: 4, aws: 1 },
        inputTokens: 29n,
        outputTokens: 68n,
        trainedTokens: 0n,
        grossPicoUsd: 3_000_003n,
        byParty: { microsoft: 600_000n, openai: 2_400_003n },
        unpriced: 1,
        estimated: 1,
      });
    });

    it("goes on adding after it was asked for totals", async () => {
      await store.settle(settledCall("a"));
      const before = await store.totals();
      await store.settle(settledCall("b"));
      await store.settle(settledCall("c", { partner: "direct" }));
      const after = await store.totals();
      expect(before.grossPicoUsd).toBe(1_000_001n);
      expect(after.calls).toBe(3);
      expect(after.grossPicoUsd).toBe(3_000_003n);
      expect(after.byParty).toEqual({ microsoft: 600_000n, openai: 2_400_003n });
    });

    it("keeps what each clause and partner came to", async () => {
      await store.settle(settledCall("a"));
      await store.settle(settledCall("b", { partner: "direct", charge: chargeOf(10n) }));
      const statement = buildStatement(await store.summary());
      expect(statement.proof.holds).toBe(true);
      expect(statement.clauses).toEqual([
        { clause: "C11", party: "microsoft", basePicoUsd: 1_000_011n, amountPicoUsd: 200_002n },
      ]);
      expect(statement.partners.map(({ partner, grossPicoUsd }) => [partner, grossPicoUsd])).toEqual([
        ["amazon", 1_000_001n],
        ["direct", 10n],
      ]);
      expect(statement.period).toEqual({ from: "2026-03-31", to: "2026-03-31" });
    });

    it("sums amounts and tokens exactly beyond what int64 holds", async () => {
      const largest = 2n ** 63n - 1n;
      const count = 5;
      const usage = {
        ...NO_USAGE,
        inputTokens: Number.MAX_SAFE_INTEGER,
        outputTokens: 1,
        source: "reported" as const,
      };
      for (let index = 0; index < count; index++) {
        await store.settle(settledCall(`big-${index}`, { charge: chargeOf(largest), usage }));
      }
      const totals = await store.totals();
      expect(totals.grossPicoUsd).toBe(largest * BigInt(count));
      expect(totals.inputTokens).toBe(BigInt(Number.MAX_SAFE_INTEGER) * BigInt(count));
      const parts = Object.values(totals.byParty).reduce((sum, part) => sum + part, 0n);
      expect(parts).toBe(largest * BigInt(count));
      expect(buildStatement(await store.summary()).proof.holds).toBe(true);
    });

    it("takes the same call twice without a second effect, also when it is recorded later", async () => {
      const call = settledCall("a", { stateChanges: [{ kind: "register", entry: stateEntry("resp_1") }] });
      await store.settle(call);
      await store.settle(
        settledCall("drop", { stateChanges: [{ kind: "drop", id: "resp_1", partner: "amazon" }] }),
      );
      await store.settle({ ...call, recordedAtMs: call.recordedAtMs + 5_000 });
      await Promise.all([store.settle(call), store.settle(call)]);
      await store.settle({ ...call, facts: { family: "openai", workload: "stateless" } });
      expect((await store.totals()).calls).toBe(2);
      expect(await store.findState("amazon", "resp_1", NOW_MS)).toBeNull();
    });

    const different: Readonly<Record<string, Parameters<typeof settledCall>[1]>> = {
      "another charge": { charge: chargeOf(1_000_002n) },
      "another split": {
        legs: [
          { clause: "C11", party: "microsoft", sharePpm: ppm(100_000) },
          { clause: "C11", party: "openai", sharePpm: ppm(900_000) },
        ],
      },
      "the same split by another clause": {
        legs: [
          { clause: "C12", party: "microsoft", sharePpm: ppm(200_000) },
          { clause: "C12", party: "openai", sharePpm: ppm(800_000) },
        ],
      },
      "a cap": { caps: [{ clause: "C11", scope: "lifetime", limitPicoUsd: "1" }] },
      "another hosting fee": {
        hosting: { payer: "openai", payee: "microsoft", feePpm: ppm(1) },
      },
      "no hosting fee": { hosting: null },
      "more attempts": { attempts: 2 },
      "another tier asked for": {
        usage: { ...USUAL_USAGE, requestedTier: "priority" },
      },
      "another price of the same total": {
        charge: {
          ...chargeOf(1_000_001n),
          kind: "rated",
          priceVersion: "gpt-5.4@undated",
        } as SettledCall["charge"],
      },
      "other tokens": {
        usage: { ...USUAL_USAGE, outputTokens: 35 },
      },
      "unknown tokens": {
        usage: { ...USUAL_USAGE, reasoningTokens: 0 },
      },
      "another provider": { provider: "aws" },
      "other facts": { facts: { workload: "stateful", family: "openai" } },
      "other evidence": { evidence: { job: "training", api: "chat" } },
      "a state change": {
        stateChanges: [{ kind: "register", entry: stateEntry("resp_1") }],
      },
      "a pending job": {
        pendingJob: { id: "job-1", kind: "batch", money: USUAL_TERMS },
      },
    };
    it("rejects a request id that comes with other content, and the calls beside it stand", async () => {
      for (const [what, changes] of Object.entries(different)) {
        await store.settle(settledCall(what));
        const beside = store.settle(settledCall(`beside ${what}`));
        const conflict = store.settle(settledCall(what, changes));
        await expect(conflict, what).rejects.toThrow(LedgerConflictError);
        await beside;
      }
      const totals = await store.totals();
      const settled = Object.keys(different).length * 2;
      expect(totals.calls).toBe(settled);
      expect(totals.grossPicoUsd).toBe(1_000_001n * BigInt(settled));
      expect(await store.findState("amazon", "resp_1", NOW_MS)).toBeNull();
      expect(await store.pendingJobs()).toEqual([]);
    });

    it("refuses money that does not add up, before anything is written", async () => {
      const call = settledCall("a");
      const [accrued, hosted] = call.transactions;
      const wrong = [
        { ...call, transactions: [] },
        { ...call, transactions: accrued ? [{ ...accrued, postings: accrued.postings.slice(1) }] : [] },
        { ...call, transactions: [...call.transactions, ...call.transactions] },
        { ...call, transactions: hosted ? [hosted] : [] },
        { ...call, charge: chargeOf(7n) },
      ];
      for (const each of wrong) await expect(store.settle(each)).rejects.toThrow(LedgerInvariantError);
      expect(accrued?.postings[0]?.account).toBe("recv:openai:amazon");
      expect((await store.totals()).calls).toBe(0);
    });

    it("refuses what a row cannot hold by name, and the calls beside it stand", async () => {
      const beside = store.settle(settledCall("beside"));
      // What an upstream that counts wildly comes to, at 2.5 dollars per million tokens.
      const absurd = settledCall("a", { charge: chargeOf(BigInt(Number.MAX_SAFE_INTEGER) * 2_500_000n) });
      await expect(store.settle(absurd)).rejects.toMatchObject({ code: "LEDGER_OUT_OF_RANGE" });
      const justOver = settledCall("a", { charge: chargeOf(2n ** 63n) });
      await expect(store.settle(justOver)).rejects.toMatchObject({ code: "LEDGER_OUT_OF_RANGE" });
      await store.settle(settledCall("a", { charge: chargeOf(2n ** 63n - 1n) }));
      await beside;
      expect((await store.totals()).grossPicoUsd).toBe(2n ** 63n - 1n + 1_000_001n);
    });

    it("finds the holder of an id for its partner only, until it expires", async () => {
      const entry = stateEntry("resp_1", { expiresAtMs: 2_000 });
      await store.settle(settledCall("a", { stateChanges: [{ kind: "register", entry }] }));
      expect(await store.findState("amazon", "resp_1", 1_999)).toEqual(entry);
      expect(await store.findState("amazon", "resp_1", 2_000)).toBeNull();
      expect(await store.findState("direct", "resp_1", 1_999)).toBeNull();
      expect(await store.findState("amazon", "resp_2", 1_999)).toBeNull();
    });

    it("keeps one partner's id apart from another's of the same name", async () => {
      const own = stateEntry("conv_1", { kind: "conversation" });
      const foreign = stateEntry("conv_1", { kind: "conversation", partner: "direct", provider: "aws" });
      await store.settle(settledCall("a", { stateChanges: [{ kind: "register", entry: own }] }));
      await store.settle(settledCall("b", { stateChanges: [{ kind: "register", entry: foreign }] }));
      await store.settle(
        settledCall("c", { stateChanges: [{ kind: "drop", id: "conv_1", partner: "amazon" }] }),
      );
      expect(await store.findState("amazon", "conv_1", NOW_MS)).toBeNull();
      expect(await store.findState("direct", "conv_1", NOW_MS)).toEqual(foreign);
    });

    it("moves and drops state in the transaction of the call that says so", async () => {
      const entry = stateEntry("resp_1");
      await store.settle(settledCall("a", { stateChanges: [{ kind: "register", entry }] }));
      const move = {
        kind: "move",
        id: "resp_1",
        partner: "amazon",
        provider: "aws",
        region: "us-east-1",
      } as const;
      await store.settle(settledCall("b", { stateChanges: [move] }));
      const moved = { ...entry, provider: "aws", region: "us-east-1" };
      expect(await store.findState("amazon", "resp_1", NOW_MS)).toEqual(moved);
      await store.settle(
        settledCall("c", { stateChanges: [{ kind: "drop", id: "resp_1", partner: "amazon" }, move] }),
      );
      expect(await store.findState("amazon", "resp_1", NOW_MS)).toBeNull();
    });

    it("follows the order of calls settled at once", async () => {
      const entry = stateEntry("resp_1");
      await Promise.all([
        store.settle(settledCall("a", { stateChanges: [{ kind: "register", entry }] })),
        store.settle(settledCall("b", { stateChanges: [{ kind: "drop", id: "resp_1", partner: "amazon" }] })),
        store.settle(
          settledCall("c", { stateChanges: [{ kind: "register", entry: { ...entry, provider: "aws" } }] }),
        ),
      ]);
      expect((await store.findState("amazon", "resp_1", NOW_MS))?.provider).toBe("aws");
    });

    it("remembers a job with its terms until its completion is settled", async () => {
      const pendingJob = { id: "ftjob-1", kind: "fine_tuning.job" as const, money: USUAL_TERMS };
      const job = settledCall("j", {
        operation: "fine_tuning.jobs.create",
        charge: { kind: "free" },
        usage: { ...NO_USAGE, requestedTier: "priority" },
        pendingJob,
      });
      await store.settle(settledCall("a"));
      await store.settle(job);
      const [row, ...more] = await store.pendingJobs();
      expect(more).toEqual([]);
      expect(row).toEqual({
        job: { id: "ftjob-1", kind: "fine_tuning.job" },
        requestedTier: "priority",
        money: USUAL_TERMS,
        requestId: "j",
        effectiveAt: "2026-03-31",
        recordedAtMs: job.recordedAtMs,
        partner: "amazon",
        seller: "openai",
        operation: "fine_tuning.jobs.create",
        workload: "stateless",
        model: "gpt-5.4",
        provider: "azure",
        region: "eastus2",
        clauses: ["C1"],
        agreement: "2026-02-27",
        digest: "d".repeat(64),
        facts: { family: "openai", workload: "stateless" },
        evidence: { api: "chat", job: "inference" },
      });
      await store.settle(
        settledCall("j", {
          phase: "completion",
          usage: { ...NO_USAGE, trainedTokens: 77, source: "reported" },
        }),
      );
      expect(await store.pendingJobs()).toEqual([]);
      const totals = await store.totals();
      expect([totals.calls, totals.completions, totals.trainedTokens]).toEqual([2, 1, 77n]);
    });

    it("keeps the lines of a batch that was divided by the length of its requests, and refuses others than its tokens", async () => {
      const priced = (unit: RatedLine["unit"], quantity: bigint, price: bigint): RatedLine => ({
        unit,
        quantity,
        unitPricePicoUsd: picoUsd(price),
        amountPicoUsd: picoUsd(quantity * price),
      });
      const lines = [
        priced("input", 300_000n, 1_250_000n),
        priced("cached_input", 7n, 125_000n),
        priced("output", 3n, 7_500_000n),
        priced("input:long", 272_001n, 2_500_000n),
        priced("cached_input:long", 2n, 250_000n),
        priced("output:long", 4n, 11_250_000n),
      ];
      const total = lines.reduce((sum, { amountPicoUsd }) => sum + amountPicoUsd, 0n);
      const charge = { ...chargeOf(total), lines } as SettledCall["charge"];
      const usage = {
        ...NO_USAGE,
        source: "reported" as const,
        inputTokens: 572_010,
        cachedInputTokens: 9,
        outputTokens: 7,
      };
      const call = settledCall("a", { workload: "batch", charge, usage });
      await store.settle(call);
      await store.settle(call);
      const [kept, ...more] = await reader.calls(0n, 10);
      expect(more).toEqual([]);
      const keptLines = kept?.call.charge.kind === "rated" ? kept.call.charge.lines : [];
      const byUnit = (each: readonly RatedLine[]): unknown =>
        each.toSorted((a, b) => (a.unit < b.unit ? -1 : 1));
      expect(byUnit(keptLines)).toEqual(byUnit(lines));
      const otherwise = {
        ...charge,
        lines: lines.map((line, at) => (at === 2 ? priced("output", 1n, 22_500_000n) : line)),
      };
      await expect(store.settle({ ...call, charge: otherwise as SettledCall["charge"] })).rejects.toThrow(
        LedgerInvariantError,
      );
    });

    it("finds a call by its id, with all that was decided, used and charged", async () => {
      const call = settledCall("a", { clauses: ["C1", "C3"], streamed: true });
      await store.settle(call);
      await store.settle(settledCall("b", { partner: "direct" }));
      expect(await reader.findCall("a")).toEqual({
        requestId: "a",
        answer: {
          effectiveAt: "2026-03-31",
          recordedAtMs: call.recordedAtMs,
          partner: "amazon",
          seller: "openai",
          operation: "chat.completions.create",
          workload: "stateless",
          model: "gpt-5.4",
          provider: "azure",
          region: "eastus2",
          clauses: ["C1", "C3"],
          agreement: "2026-02-27",
          digest: "d".repeat(64),
          facts: { family: "openai", workload: "stateless" },
          evidence: { api: "chat", job: "inference" },
          outcome: "ok",
          httpStatus: 200,
          streamed: true,
          usage: call.usage,
          charge: { kind: "rated", totalPicoUsd: 1_000_001n, priceVersion: "gpt-5.4@2026-03-05" },
        },
        completion: null,
      });
      expect(await reader.findCall("nobody")).toBeNull();
    });

    it("finds the completion of a job beside its answer", async () => {
      const pendingJob = { id: "batch_1", kind: "batch" as const, money: USUAL_TERMS };
      await store.settle(
        settledCall("j", { pendingJob, charge: { kind: "free" }, usage: NO_USAGE, facts: {}, evidence: {} }),
      );
      expect(await reader.findCall("j")).toMatchObject({
        answer: {
          facts: {},
          evidence: {},
          usage: NO_USAGE,
          charge: { kind: "free", totalPicoUsd: null, priceVersion: null },
        },
        completion: null,
      });
      await store.settle(settledCall("j", { phase: "completion", outcome: "upstream_error" }));
      expect(await reader.findCall("j")).toMatchObject({
        answer: { outcome: "ok" },
        completion: { outcome: "upstream_error", charge: { totalPicoUsd: 1_000_001n } },
      });
    });

    it("folds its traffic by what a decision depends on", async () => {
      await store.settle(settledCall("a"));
      await store.settle(settledCall("b", { outcome: "timeout", digest: "e".repeat(64), streamed: true }));
      await store.settle(settledCall("b", { phase: "completion" }));
      await store.settle(settledCall("c", { facts: { workload: "stateful", family: "openai" } }));
      await store.settle(
        settledCall("d", { charge: { kind: "free" }, usage: NO_USAGE, facts: {}, evidence: {}, model: null }),
      );
      const same = {
        effectiveAt: "2026-03-31",
        partner: "amazon",
        operation: "chat.completions.create",
        workload: "stateless",
        model: "gpt-5.4",
        provider: "azure",
        evidence: { api: "chat", job: "inference" },
      };
      const rows = await reader.traffic();
      expect(rows).toHaveLength(3);
      expect(rows).toEqual(
        expect.arrayContaining([
          {
            ...same,
            facts: { family: "openai", workload: "stateless" },
            calls: 2,
            inputTokens: 36n,
            outputTokens: 102n,
            grossPicoUsd: 3_000_003n,
          },
          {
            ...same,
            facts: { family: "openai", workload: "stateful" },
            calls: 1,
            inputTokens: 12n,
            outputTokens: 34n,
            grossPicoUsd: 1_000_001n,
          },
          {
            ...same,
            model: null,
            facts: {},
            evidence: {},
            calls: 1,
            inputTokens: 0n,
            outputTokens: 0n,
            grossPicoUsd: 0n,
          },
        ]),
      );
    });

    it("sums its traffic exactly beyond what int64 holds", async () => {
      const largest = 2n ** 63n - 1n;
      await store.settle(settledCall("a", { charge: chargeOf(largest) }));
      await store.settle(settledCall("b", { charge: chargeOf(largest), streamed: true }));
      await store.settle(settledCall("c", { charge: chargeOf(largest) }));
      expect(await reader.traffic()).toMatchObject([{ calls: 3, grossPicoUsd: largest * 3n }]);
    });

    it("settles what was handed in before it closes, and nothing after", async () => {
      const settled = Array.from({ length: 40 }, (_, index) => store.settle(settledCall(`call-${index}`)));
      await store.close();
      await Promise.all(settled);
      const refused = { code: "LEDGER_UNAVAILABLE" };
      await expect(store.settle(settledCall("late"))).rejects.toMatchObject(refused);
      await expect(store.totals()).rejects.toMatchObject(refused);
      await expect(store.findState("amazon", "resp_1", NOW_MS)).rejects.toMatchObject(refused);
      await store.close();
    });
  });
}
