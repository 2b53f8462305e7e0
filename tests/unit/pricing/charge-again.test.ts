import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Charge } from "../../../src/domain/ledger.ts";
import { NO_USAGE, type Usage } from "../../../src/domain/usage.ts";
import { createChargeAgain, type ChargedCall } from "../../../src/pricing/charge-again.ts";
import { chargeFor, type ChargeRequest } from "../../../src/pricing/charge.ts";
import { parsePriceBook } from "../../../src/pricing/price-book.ts";

const FILE = new URL("../../../config/prices/openai.yaml", import.meta.url);
const book = parsePriceBook(readFileSync(FILE, "utf8"), "openai.yaml");
const chargeAgain = createChargeAgain(book, ({ region }) =>
  region === "nowhere" ? null : region === "eu" ? "data-zone" : "global",
);

type Rated = Extract<Charge, { kind: "rated" }>;
type Changes = Partial<Omit<ChargeRequest, "usage">> & { readonly usage?: Partial<Usage> };

/** A call that was charged as the gateway charges it. */
function charged({ usage, ...request }: Changes): ChargedCall & { readonly charge: Rated } {
  const reported: Usage = {
    ...NO_USAGE,
    inputTokens: 1_000,
    outputTokens: 50,
    source: "reported",
    ...usage,
  };
  const asked = { priceKey: "gpt-5.4", effectiveAt: "2026-03-31", batch: false, ...request };
  const charge = chargeFor(book, { ...asked, usage: reported });
  if (charge.kind !== "rated") throw new Error(`the call is not charged: ${JSON.stringify(charge)}`);
  return {
    usage: reported,
    workload: asked.batch ? "batch" : "stateless",
    provider: "azure",
    region: asked.zone === "data-zone" ? "eu" : "us",
    charge,
  };
}

function requestOf(inputTokens: number, outputTokens: number): Usage {
  return { ...NO_USAGE, inputTokens, outputTokens, source: "reported" };
}

describe("a charge that is made again", () => {
  it.each<[string, Changes]>([
    ["a plain call", {}],
    ["cached and written parts", { usage: { cachedInputTokens: 300, cacheWriteTokens: 100 } }],
    ["long context", { usage: { inputTokens: 300_000 } }],
    ["another tier", { usage: { serviceTier: "priority" } }],
    ["a data zone", { zone: "data-zone" }],
    ["a batch", { batch: true }],
    ["a training job", { usage: { inputTokens: null, outputTokens: null, trainedTokens: 7 } }],
    [
      "a batch with long requests beside short ones",
      {
        batch: true,
        usage: { inputTokens: 472_001, outputTokens: 3 },
        requests: [requestOf(200_000, 1), requestOf(272_001, 2)],
      },
    ],
    [
      "a batch of many short requests",
      {
        batch: true,
        usage: { inputTokens: 400_000, outputTokens: 3 },
        requests: [requestOf(200_000, 1), requestOf(200_000, 2)],
      },
    ],
  ])("is the same for %s", (name, changes) => {
    const trained = name === "a training job" ? { priceKey: "gpt-4.1" } : {};
    const call = charged({ ...changes, ...trained });
    expect(chargeAgain(call)).toEqual(call.charge);
  });

  it("is the same for any tokens", () => {
    const tokens = fc.nat({ max: 400_000 });
    fc.assert(
      fc.property(tokens, tokens, tokens, (inputTokens, outputTokens, cached) => {
        const cachedInputTokens = Math.min(inputTokens, cached);
        const call = charged({ usage: { inputTokens, outputTokens, cachedInputTokens } });
        expect(chargeAgain(call)).toEqual(call.charge);
      }),
    );
  });

  it("is by the version that the call names, also where another one holds on its date by now", () => {
    const call = charged({});
    const later = new Map(book.models);
    later.set("gpt-5.4", [
      ...(book.models.get("gpt-5.4") ?? []),
      { knownFrom: "2027-01-01", versions: book.models.get("gpt-5.4-mini")?.at(-1)?.versions ?? [] },
    ]);
    const again = createChargeAgain({ ...book, models: later }, () => "global");
    expect(again(call)).toEqual(call.charge);
  });

  it("is another one where lines, tokens or prices were changed", () => {
    const call = charged({ usage: { cachedInputTokens: 300 } });
    const { lines } = call.charge;
    const changed: readonly ChargedCall[] = [
      { ...call, usage: { ...call.usage, cachedInputTokens: null } },
      { ...call, usage: { ...call.usage, outputTokens: 51 } },
      { ...call, usage: { ...call.usage, serviceTier: "priority" } },
      { ...call, charge: { ...call.charge, priceVersion: "gpt-5.4-mini@2026-03-05" } },
      { ...call, workload: "batch" },
      { ...call, region: "eu" },
    ];
    for (const each of changed) expect(chargeAgain(each)).not.toEqual(call.charge);
    // What the lines say is not asked: they are what is checked.
    const bent = { ...call.charge, lines: lines.map((line) => ({ ...line, quantity: line.quantity * 2n })) };
    expect(chargeAgain({ ...call, charge: bent })).toEqual(call.charge);
  });

  it("does not take long context of a batch at its word where no request can be that long", () => {
    const call = charged({
      batch: true,
      usage: { inputTokens: 472_001, outputTokens: 3 },
      requests: [requestOf(200_000, 1), requestOf(272_001, 2)],
    });
    const shorter = call.charge.lines.map((line) =>
      line.unit === "input:long" ? { ...line, quantity: 272_000n } : line,
    );
    expect(chargeAgain({ ...call, charge: { ...call.charge, lines: shorter } })).toMatchObject({
      kind: "unpriced",
    });
  });

  it.each<[string, (call: ChargedCall) => ChargedCall, string]>([
    [
      "the book lacks the version",
      (call) => ({ ...call, charge: { ...call.charge, priceVersion: "gpt-5.4@2020-01-01" } }),
      "the price book has no version `gpt-5.4@2020-01-01`",
    ],
    [
      "nobody knows the region",
      (call) => ({ ...call, region: "nowhere" }),
      "no region `nowhere` of `azure` is configured",
    ],
  ])("is none, and says why, where %s", (_, change, why) => {
    expect(chargeAgain(change(charged({})))).toBe(why);
  });
});
