import { dirname } from "node:path";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bedrockClient } from "../support/amazon.ts";
import { runCommand } from "../support/child-gateway.ts";
import { amazonClient, directClient, firstPartyTurn, gatewayClient, placed } from "../support/clients.ts";
import { readLedgerRows, readPostings, type LedgerRow } from "../support/ledger-rows.ts";
import { sumOf } from "../support/metrics-page.ts";
import { poll } from "../support/mock-clouds.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

/** Picodollars per token at 2026-03-31 (config/prices, from the published lists): input, output. */
const PRICE = {
  "gpt-5.4": [2_500_000n, 15_000_000n],
  "gpt-5.4-mini": [750_000n, 4_500_000n],
  "gpt-oss-120b": [150_000n, 600_000n],
  "text-embedding-3-small": [20_000n, 0n],
} as const;

let world: TestWorld;
/** Calls that got an answer from a provider. */
let answered: number;

beforeAll(async () => {
  world = await startTestWorld();
  answered = await runMix();
});
afterAll(() => world.close());

async function runMix(): Promise<number> {
  const direct = directClient(world);
  const amazon = amazonClient(world);
  const own = gatewayClient(world, "first-party");
  const messages = [{ role: "user" as const, content: "one two three" }];
  let calls = 0;
  for (let round = 0; round < 4; round += 1) {
    const cap = 7 + round * 11;
    await direct.chat.completions.create({ model: "gpt-5.4", messages, max_completion_tokens: cap });
    const stream = await amazon.chat.completions.create({
      model: "gpt-5.4-mini",
      messages,
      max_completion_tokens: cap,
      stream: true,
    });
    for await (const _chunk of stream) continue;
    await own.chat.completions.create({ model: "gpt-5.4", messages, n: 3, max_completion_tokens: cap });
    await direct.embeddings.create({ model: "text-embedding-3-small", input: ["one two", "three"] });
    await direct.chat.completions.create({ model: "gpt-oss-120b", messages, max_completion_tokens: cap });
    const one = await direct.responses.create({
      model: "gpt-5.4",
      input: "my name is Ada",
      max_output_tokens: cap,
    });
    await direct.responses.create({
      model: "gpt-5.4",
      input: "and?",
      previous_response_id: one.id,
      max_output_tokens: cap,
    });
    await direct.responses.retrieve(one.id);
    await firstPartyTurn(world, "hello there");
    await bedrockClient(world.urls.amazon).send(
      new ConverseCommand({
        modelId: "openai.gpt-5.4",
        messages: [{ role: "user", content: [{ text: "hello" }] }],
      }),
    );
    calls += 10;
    // None of these reaches a provider.
    await direct.models.list();
    await expect(direct.chat.completions.create({ model: "aws/x", messages })).rejects.toMatchObject({
      status: 404,
    });
    await expect(
      direct.responses.create({ model: "gpt-5.4", input: "x", previous_response_id: "resp_no" }),
    ).rejects.toMatchObject({ status: 400 });
  }
  return calls;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

function chargeOf(row: LedgerRow): bigint {
  return BigInt(row.charge_pico_usd ?? 0);
}

test("every answered call is one row, every refused one is none", async () => {
  const rows = readLedgerRows(world.ledgerFile);
  expect(rows).toHaveLength(answered);
  expect(new Set(rows.map(({ request_id }) => request_id)).size).toBe(answered);
  expect(await world.totals()).toMatchObject({ calls: answered, unpriced: 0, estimated: 0 });
});

test("each charge is tokens times the price of the contract date, to the picodollar", () => {
  const rows = readLedgerRows(world.ledgerFile).filter(({ operation }) => operation !== "responses.get");
  for (const row of rows) {
    const [input, output] = PRICE[row.model as keyof typeof PRICE];
    expect(chargeOf(row), row.operation).toBe(
      BigInt(row.input_tokens ?? -1) * input + BigInt(row.output_tokens ?? -1) * output,
    );
    expect(chargeOf(row)).toBeGreaterThan(0n);
  }
  // Three tokens in; three choices of 7 tokens each out.
  const first = rows.find(({ partner, output_tokens }) => partner === "first-party" && output_tokens === 21);
  expect(first).toMatchObject({ input_tokens: 3, price_version: "gpt-5.4@2026-03-05" });
  expect(chargeOf(first as LedgerRow)).toBe(322_500_000n);
});

test("reading a stored answer is free and still a row", () => {
  const reads = readLedgerRows(world.ledgerFile).filter(({ operation }) => operation === "responses.get");
  expect(reads).toHaveLength(4);
  expect(reads.every((row) => row.charge_kind === "free" && row.charge_pico_usd === null)).toBe(true);
});

test("gross is the sum of the charges and of the debits; the parts are the rest, exactly", async () => {
  const rows = readLedgerRows(world.ledgerFile);
  const postings = readPostings(world.ledgerFile);
  const gross = sum(rows.map(chargeOf));
  const totals = await world.totals();
  expect(totals.grossPicoUsd).toBe(gross);
  expect(sum(postings.map(({ amount }) => amount))).toBe(0n);
  const debits = postings.filter(({ amount }) => amount > 0n);
  const received = debits.filter(({ path }) => path.startsWith("recv:"));
  expect(sum(received.map(({ amount }) => amount))).toBe(gross);
  expect(sum(Object.values(totals.byParty))).toBe(gross);
  for (const row of rows.filter(({ charge_kind }) => charge_kind === "rated")) {
    const legs = postings.filter(({ request_id }) => request_id === row.request_id);
    expect(sum(legs.map(({ amount }) => amount))).toBe(0n);
    expect(legs.find(({ path }) => path.startsWith("recv:"))?.amount).toBe(chargeOf(row));
  }
});

test("Microsoft gets a fifth of every call, wherever it was hosted", () => {
  const rows = readLedgerRows(world.ledgerFile).filter(({ charge_kind }) => charge_kind === "rated");
  const shares = new Map(
    readPostings(world.ledgerFile)
      .filter(({ path }) => path === "share:C11:microsoft")
      .map(({ request_id, amount }) => [request_id, -amount]),
  );
  expect(new Set(rows.map(({ provider }) => provider))).toEqual(new Set(["azure", "aws"]));
  for (const row of rows) expect((shares.get(row.request_id) ?? 0n) * 5n).toBe(chargeOf(row));
});

test("the host is paid three tenths of list price, whoever shares the revenue", () => {
  const rows = readLedgerRows(world.ledgerFile).filter(({ charge_kind }) => charge_kind === "rated");
  const fees = new Map(
    readPostings(world.ledgerFile)
      .filter(({ path }) => path.startsWith("fee:"))
      .map(({ request_id, path, amount }) => [request_id, { path, amount: -amount }]),
  );
  for (const row of rows) {
    const fee = fees.get(row.request_id);
    expect(fee?.path).toBe(row.provider === "azure" ? "fee:azure:microsoft" : "fee:aws:amazon");
    expect((fee?.amount ?? 0n) * 10n).toBe(chargeOf(row) * 3n);
  }
});

describe("the metrics page", () => {
  const page = async (): Promise<string> => (await fetch(`${world.urls.admin}/metrics`)).text();

  test("counts what the ledger counts", async () => {
    const rows = readLedgerRows(world.ledgerFile);
    const totals = await world.totals();
    // A call is told to the metrics when its answer has been sent.
    const text = await poll(
      page,
      (now) => sumOf(now, "clauseway_requests_total", 'outcome="ok"') >= answered + 4,
    );
    for (const provider of ["azure", "aws"]) {
      const own = rows.filter((row) => row.provider === provider);
      expect(sumOf(text, "clauseway_requests_total", `provider="${provider}"`)).toBe(own.length);
    }
    expect(sumOf(text, "clauseway_input_tokens_total")).toBe(Number(totals.inputTokens));
    expect(sumOf(text, "clauseway_output_tokens_total")).toBe(Number(totals.outputTokens));
  });

  test("tells the same money", async () => {
    const text = await page();
    const totals = await world.totals();
    expect(revenueOf(text, "revenue")).toBeCloseTo(Number(totals.grossPicoUsd) / 1e12, 9);
    expect(revenueOf(text, "share")).toBeCloseTo(Number(totals.byParty["microsoft"]) / 1e12, 9);
  });

  test("goes on from the ledger after a restart", async () => {
    const before = await page();
    await world.restartGateway();
    const after = await page();
    for (const kind of ["revenue", "share"] as const)
      expect(revenueOf(after, kind)).toBeCloseTo(revenueOf(before, kind), 9);
    await placed(
      directClient(world).chat.completions.create({
        model: "gpt-5.4",
        messages: [{ role: "user", content: "hi" }],
      }),
    );
    const more = await poll(page, (now) => revenueOf(now, "revenue") > revenueOf(after, "revenue"));
    expect(revenueOf(more, "revenue")).toBeCloseTo(Number((await world.totals()).grossPicoUsd) / 1e12, 9);
  });
});

function revenueOf(page: string, kind: "revenue" | "share"): number {
  return kind === "revenue"
    ? sumOf(page, "clauseway_revenue_usd_total")
    : sumOf(page, "clauseway_revenue_share_usd_total", 'beneficiary="microsoft"');
}

test("`clauseway statement` reads the ledger while the gateway writes it, and its parts sum to its gross", async () => {
  const data = dirname(world.ledgerFile);
  const totals = await world.totals();
  const json = await runCommand(["statement", "--data", data, "--json"]);
  expect(json).toMatchObject({ code: 0, stderr: "" });
  const { total, partners, proof } = JSON.parse(json.stdout) as {
    total: { calls: number; grossPicoUsd: string; parts: { party: string; amountPicoUsd: string }[] };
    partners: { partner: string; grossPicoUsd: string }[];
    proof: { holds: boolean };
  };
  expect(proof.holds).toBe(true);
  expect(total.calls).toBe(totals.calls);
  expect(BigInt(total.grossPicoUsd)).toBe(totals.grossPicoUsd);
  expect(sum(total.parts.map(({ amountPicoUsd }) => BigInt(amountPicoUsd)))).toBe(totals.grossPicoUsd);
  expect(sum(partners.map(({ grossPicoUsd }) => BigInt(grossPicoUsd)))).toBe(totals.grossPicoUsd);
  expect(partners.map(({ partner }) => partner)).toEqual(["amazon", "direct", "first-party"]);

  const text = await runCommand(["statement", "--data", data]);
  expect(text.code).toBe(0);
  expect(text.stdout).toContain("simulated");
  const whole = totals.grossPicoUsd;
  expect(text.stdout).toContain(
    `${whole / 1_000_000_000_000n}.${String(whole % 1_000_000_000_000n).padStart(12, "0")}`,
  );
});
