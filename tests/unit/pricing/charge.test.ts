import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_USAGE, type Usage } from "../../../src/domain/usage.ts";
import { chargeFor, type ChargeRequest } from "../../../src/pricing/charge.ts";
import { parsePriceBook } from "../../../src/pricing/price-book.ts";
import { unpriced, UNPRICED_KINDS, unpricedKindOf } from "../../../src/pricing/unpriced.ts";

const FILE = new URL("../../../config/prices/openai.yaml", import.meta.url);
const book = parsePriceBook(readFileSync(FILE, "utf8"), "openai.yaml");

function charge(
  usage: Partial<Usage>,
  request: Partial<Omit<ChargeRequest, "usage">> = {},
): ReturnType<typeof chargeFor> {
  return chargeFor(book, {
    priceKey: "gpt-5.4",
    effectiveAt: "2026-03-31",
    batch: false,
    ...request,
    usage: { ...NO_USAGE, source: "reported", ...usage },
  });
}

function totalOf(
  usage: Partial<Usage>,
  request: Partial<Omit<ChargeRequest, "usage">> = {},
): bigint | string {
  const result = charge(usage, request);
  if (result.kind === "rated") return result.totalPicoUsd;
  return result.kind === "unpriced" ? result.reason : "free";
}

describe("a charge", () => {
  it("is disjoint token parts times whole prices", () => {
    expect(
      charge({
        inputTokens: 1_000,
        cachedInputTokens: 300,
        cacheWriteTokens: 100,
        outputTokens: 50,
        reasoningTokens: 40,
      }),
    ).toEqual({
      kind: "rated",
      lines: [
        { unit: "input", quantity: 600n, unitPricePicoUsd: 2_500_000n, amountPicoUsd: 1_500_000_000n },
        { unit: "cached_input", quantity: 300n, unitPricePicoUsd: 250_000n, amountPicoUsd: 75_000_000n },
        { unit: "cache_write", quantity: 100n, unitPricePicoUsd: 2_500_000n, amountPicoUsd: 250_000_000n },
        { unit: "output", quantity: 50n, unitPricePicoUsd: 15_000_000n, amountPicoUsd: 750_000_000n },
      ],
      totalPicoUsd: 2_575_000_000n,
      priceVersion: "gpt-5.4@2026-03-05",
      assumed: false,
    });
  });

  it("reprices the whole request above 272,000 input tokens", () => {
    expect(totalOf({ inputTokens: 272_000, outputTokens: 10 })).toBe(
      272_000n * 2_500_000n + 10n * 15_000_000n,
    );
    expect(totalOf({ inputTokens: 272_001, outputTokens: 10 })).toBe(
      272_001n * 5_000_000n + 10n * 22_500_000n,
    );
    expect(totalOf({ inputTokens: 272_001, cachedInputTokens: 272_001, outputTokens: 0 })).toBe(
      272_001n * 500_000n,
    );
    expect(totalOf({ inputTokens: 272_001, outputTokens: 0 }, { priceKey: "gpt-5.4-mini" })).toBe(
      272_001n * 750_000n,
    );
  });

  it("follows the tier that served the call", () => {
    const used = { inputTokens: 10, outputTokens: 1 };
    expect(totalOf({ ...used, serviceTier: "default" })).toBe(40_000_000n);
    expect(totalOf({ ...used, serviceTier: "priority" })).toBe(80_000_000n);
    expect(totalOf({ ...used, serviceTier: "flex" }, { priceKey: "gpt-5" })).toBe(11_250_000n);
    expect(
      totalOf({ ...used, serviceTier: "fast" }, { priceKey: "gpt-6.2-sol", effectiveAt: "2026-12-01" }),
    ).toBe(60_000_000n);
    for (const serviceTier of ["auto", "flex", "scale", ""]) {
      expect(totalOf({ ...used, serviceTier })).toBe("price of the served tier unknown");
    }
    expect(totalOf({ inputTokens: 272_001, outputTokens: 1, serviceTier: "priority" })).toBe(
      "long-context price of the tier unknown",
    );
  });

  it("never follows the tier that was asked for", () => {
    const used = { inputTokens: 10, outputTokens: 1 };
    for (const requestedTier of [null, "auto", "default"]) {
      expect(totalOf({ ...used, requestedTier })).toBe(40_000_000n);
      expect(totalOf({ ...used, requestedTier, serviceTier: "priority" })).toBe(80_000_000n);
    }
    // Downgraded: what was served is cheaper than what was asked for.
    expect(totalOf({ ...used, requestedTier: "priority", serviceTier: "default" })).toBe(40_000_000n);
    // Asked for, and nobody says what came of it.
    for (const requestedTier of ["priority", "flex", "scale", ""]) {
      expect(totalOf({ ...used, requestedTier })).toBe(
        "tier unknown: another one than `default` was asked for",
      );
    }
  });

  it("is higher by a tenth in a data zone, exactly, where the price of one is known", () => {
    const used = { inputTokens: 1_000, cachedInputTokens: 100, outputTokens: 10 };
    const zone = "data-zone";
    const global = totalOf(used) as bigint;
    expect(totalOf(used, { zone: "global" })).toBe(global);
    expect((totalOf(used, { zone }) as bigint) * 10n).toBe(global * 11n);
    expect(totalOf({ inputTokens: 0, cachedInputTokens: 0, outputTokens: 1 }, { zone })).toBe(16_500_000n);
    // 5.5e-9 USD a token, which billionths of a dollar cannot hold.
    const nano = { inputTokens: 1, cachedInputTokens: 1, outputTokens: 0 };
    expect(totalOf(nano, { zone, priceKey: "gpt-5-nano" })).toBe(5_500n);
    expect(totalOf(used, { zone, batch: true })).toBe((global * 11n) / 20n);
    const long = { inputTokens: 272_001, outputTokens: 1 };
    expect(totalOf(long, { zone })).toBe(272_001n * 5_500_000n + 24_750_000n);
    expect(totalOf(used, { zone, priceKey: "gpt-4o" })).toBe("data-zone price unknown");
    expect(totalOf({ ...used, serviceTier: "priority" }, { zone })).toBe("price of the served tier unknown");
  });

  it("is unpriced as of a day on which no price was known yet", () => {
    const used = { inputTokens: 10, outputTokens: 1 };
    expect(totalOf(used, { asOf: "2026-11-23" })).toBe(40_000_000n);
    expect(totalOf(used, { asOf: "2026-11-22" })).toBe("no price for `gpt-5.4` at 2026-03-31");
  });

  it("is discounted for lines of a batch, where a batch price is known", () => {
    const used = { inputTokens: 10, outputTokens: 1 };
    expect(totalOf(used, { batch: true })).toBe(20_000_000n);
    expect(totalOf(used, { batch: true, priceKey: "gpt-5.2" })).toBe("batch price unknown");
    expect(totalOf({ ...used, serviceTier: "priority" }, { batch: true })).toBe("tier unknown in a batch");
  });

  it("names the model that is not known, where anybody named one", () => {
    const used = { inputTokens: 10, outputTokens: 1 };
    expect(totalOf(used, { priceKey: null, modelName: "gpt-x" })).toBe("model unknown: `gpt-x`");
    expect(totalOf(used, { priceKey: null })).toBe("model unknown: none is named");
    expect(totalOf({ trainedTokens: 1 }, { priceKey: null })).toBe("model unknown: none is named");
  });

  it("counts the tokens a job trained on", () => {
    const result = charge({ trainedTokens: 1_000 });
    expect(result).toMatchObject({ kind: "rated", totalPicoUsd: 25_000_000_000n, assumed: true });
    expect(totalOf({ trainedTokens: 0 })).toBe(0n);
    expect(totalOf({ trainedTokens: 5 }, { priceKey: "o3" })).toBe(
      "no training price for `o3` at 2026-03-31",
    );
  });

  it("is zero for reported zeroes, and unpriced for unknown counts", () => {
    expect(charge({ inputTokens: 0, outputTokens: 0 })).toMatchObject({
      kind: "rated",
      lines: [],
      totalPicoUsd: 0n,
    });
    expect(totalOf({ inputTokens: 10 })).toBe("usage unknown");
    expect(totalOf({ outputTokens: 10 })).toBe("usage unknown");
    expect(totalOf({ source: "none" })).toBe("usage unknown");
  });

  it("is unpriced where the price is not known, never guessed", () => {
    const used = { inputTokens: 10, outputTokens: 1 };
    expect(totalOf(used, { priceKey: "gpt-7" })).toBe("no price for `gpt-7` at 2026-03-31");
    expect(totalOf(used, { effectiveAt: "2026-03-04" })).toBe("no price for `gpt-5.4` at 2026-03-04");
    expect(totalOf({ ...used, cachedInputTokens: 1 }, { priceKey: "gpt-5.4-pro" })).toBe(
      "cached input price unknown",
    );
    expect(totalOf({ ...used, cachedInputTokens: 0 }, { priceKey: "gpt-5.4-pro" })).toBe(480_000_000n);
    const sol = { priceKey: "gpt-6.1-sol", effectiveAt: "2026-10-01" };
    expect(totalOf({ ...used, cacheWriteTokens: 1 }, sol)).toBe("cache write price unknown");
  });

  it.each<[Partial<Usage>, string]>([
    [{ inputTokens: -1 }, "disputed: negative input tokens"],
    [{ outputTokens: 1.5 }, "disputed: output tokens are no whole number"],
    [{ outputTokens: Number.NaN }, "disputed: output tokens are no whole number"],
    [{ outputTokens: 2 ** 53 }, "disputed: output tokens above 2^53-1"],
    [{ trainedTokens: -5 }, "disputed: negative trained tokens"],
    [{ cachedInputTokens: 11 }, "disputed: cached and cache-write tokens exceed input tokens"],
    [
      { cachedInputTokens: 6, cacheWriteTokens: 5 },
      "disputed: cached and cache-write tokens exceed input tokens",
    ],
    [{ reasoningTokens: 11 }, "disputed: reasoning tokens exceed output tokens"],
    [{ inputTokens: 2 ** 53 - 1 }, "disputed: a charge over 9.2 million USD for one call"],
  ])("is disputed for %j", (usage, reason) => {
    expect(totalOf({ inputTokens: 10, outputTokens: 10, ...usage })).toBe(reason);
  });
});

it("a report that was found at fault is disputed, whatever its counts", () => {
  expect(totalOf({ inputTokens: 1, outputTokens: 1 }, { usageFault: "negative output tokens" })).toBe(
    "disputed: negative output tokens",
  );
});

/** What a request used: `[input, output, cached]`. */
function requestOf([inputTokens, outputTokens, cachedInputTokens = 0]: readonly number[]): Usage {
  return {
    ...NO_USAGE,
    source: "reported",
    inputTokens: inputTokens ?? null,
    outputTokens: outputTokens ?? null,
    cachedInputTokens,
  };
}

function sumOf(requests: readonly Usage[]): Partial<Usage> {
  const sum = (read: (usage: Usage) => number | null): number =>
    requests.reduce((all, usage) => all + (read(usage) ?? 0), 0);
  return {
    inputTokens: sum((usage) => usage.inputTokens),
    cachedInputTokens: sum((usage) => usage.cachedInputTokens),
    outputTokens: sum((usage) => usage.outputTokens),
  };
}

describe("a batch", () => {
  const short = requestOf([9_902, 5]);
  const forty = Array.from({ length: 40 }, () => short);

  it("is no long context for holding many requests of which none is", () => {
    expect(totalOf(sumOf(forty), { batch: true, requests: forty })).toBe(
      396_080n * 1_250_000n + 200n * 7_500_000n,
    );
  });

  it("is divided: short requests and long ones at their own prices, in lines of their own", () => {
    const requests = [...forty, requestOf([272_000, 1]), requestOf([272_001, 10, 200_000])];
    expect(charge(sumOf(requests), { batch: true, requests })).toEqual({
      kind: "rated",
      lines: [
        { unit: "input", quantity: 668_080n, unitPricePicoUsd: 1_250_000n, amountPicoUsd: 835_100_000_000n },
        { unit: "output", quantity: 201n, unitPricePicoUsd: 7_500_000n, amountPicoUsd: 1_507_500_000n },
        {
          unit: "input:long",
          quantity: 72_001n,
          unitPricePicoUsd: 2_500_000n,
          amountPicoUsd: 180_002_500_000n,
        },
        {
          unit: "cached_input:long",
          quantity: 200_000n,
          unitPricePicoUsd: 250_000n,
          amountPicoUsd: 50_000_000_000n,
        },
        { unit: "output:long", quantity: 10n, unitPricePicoUsd: 11_250_000n, amountPicoUsd: 112_500_000n },
      ],
      totalPicoUsd: 1_066_722_500_000n,
      priceVersion: "gpt-5.4@2026-03-05",
      assumed: false,
    });
  });

  it("asks for its requests only where one of them can be long context", () => {
    const unknown = "requests of the batch unknown";
    const used = { inputTokens: 272_000, outputTokens: 1 };
    expect(totalOf(used, { batch: true })).toBe(272_000n * 1_250_000n + 7_500_000n);
    expect(totalOf({ ...used, inputTokens: 272_001 }, { batch: true })).toBe(unknown);
    // A model without a price for long context has one price for all lengths.
    expect(totalOf({ ...used, inputTokens: 272_001 }, { batch: true, priceKey: "gpt-5.4-mini" })).toBe(
      272_001n * 375_000n + 2_250_000n,
    );
    const gap = "its output file cannot be had";
    expect(totalOf({ ...used, inputTokens: 272_001 }, { batch: true, requests: gap })).toBe(
      `${unknown}: ${gap}`,
    );
  });

  it.each<[string, readonly Usage[], string]>([
    ["one is missing", forty.slice(1), "disputed: the requests of the batch do not sum to what it reports"],
    [
      "one counts a token more out",
      [...forty.slice(1), requestOf([9_902, 6])],
      "disputed: the requests of the batch do not sum to what it reports",
    ],
    [
      "one names a cached part that the batch does not",
      [...forty.slice(1), requestOf([9_902, 5, 1])],
      "disputed: the requests of the batch do not sum to what it reports",
    ],
    [
      "one cannot be true",
      [...forty.slice(1), requestOf([9_902, 5, 9_903])],
      "disputed: cached and cache-write tokens exceed input tokens in a request of the batch",
    ],
    [
      "one does not tell its output",
      [...forty.slice(1), { ...short, outputTokens: null }],
      "usage unknown of a request of the batch",
    ],
  ])("is in suspense when of its requests %s", (_, requests, reason) => {
    expect(totalOf(sumOf(forty), { batch: true, requests })).toBe(reason);
  });

  it("costs what its requests would each by themselves", () => {
    const request = fc
      .tuple(fc.nat({ max: 400_000 }), fc.nat({ max: 1_000 }), fc.nat({ max: 400_000 }))
      .map(([input, output, cached]) => requestOf([input, output, Math.min(input, cached)]));
    fc.assert(
      fc.property(fc.array(request, { maxLength: 8 }), (requests) => {
        const each = requests.map((usage) => totalOf(usage, { batch: true, requests: [usage] }) as bigint);
        expect(totalOf(sumOf(requests), { batch: true, requests })).toBe(each.reduce((a, b) => a + b, 0n));
      }),
    );
  });
});

describe("the kind of a reason", () => {
  it.each<[ReturnType<typeof charge>, string]>([
    [charge({}), "usage_unknown"],
    [charge({ inputTokens: -1 }), "usage_disputed"],
    [charge({ inputTokens: 1, outputTokens: 1 }, { priceKey: "x" }), "no_price"],
    [charge({ trainedTokens: 1 }, { priceKey: "x" }), "no_training_price"],
    [charge({ inputTokens: 1, outputTokens: 1 }, { priceKey: null }), "model_unknown"],
    [charge({ inputTokens: 272_001, outputTokens: 1 }, { batch: true }), "batch_requests_unknown"],
    [charge({ inputTokens: 1, outputTokens: 1, requestedTier: "flex" }), "tier_unknown"],
    [charge({ inputTokens: 1, outputTokens: 1, serviceTier: "flex" }, { batch: true }), "tier_unknown"],
    [charge({ inputTokens: 1, outputTokens: 1, serviceTier: "scale" }), "tier_price_unknown"],
    [
      charge({ inputTokens: 1, outputTokens: 1 }, { batch: true, priceKey: "gpt-5.2" }),
      "batch_price_unknown",
    ],
    [
      charge({ inputTokens: 272_001, outputTokens: 1, serviceTier: "priority" }),
      "long_context_price_unknown",
    ],
    [
      charge({ inputTokens: 1, outputTokens: 1 }, { zone: "data-zone", priceKey: "gpt-4o" }),
      "data_zone_price_unknown",
    ],
    [
      charge({ inputTokens: 1, cachedInputTokens: 1, outputTokens: 1 }, { priceKey: "gpt-5.4-pro" }),
      "cached_input_price_unknown",
    ],
    [
      charge(
        { inputTokens: 1, cacheWriteTokens: 1, outputTokens: 1 },
        { priceKey: "gpt-6.1-sol", effectiveAt: "2026-10-01" },
      ),
      "cache_write_price_unknown",
    ],
  ])("of %j is %s", (charged, kind) => {
    expect(charged.kind === "unpriced" && unpricedKindOf(charged.reason)).toBe(kind);
  });

  it("is known for each kind that there is, by its own words only", () => {
    expect(unpricedKindOf("because")).toBeNull();
    for (const kind of UNPRICED_KINDS) {
      const charged = unpriced(kind, " and more");
      expect(charged.kind === "unpriced" && unpricedKindOf(charged.reason)).toBe(kind);
    }
  });
});

describe("laws of a charge", () => {
  const models = [...book.models.keys()];
  const tokens = fc.nat({ max: 400_000 });
  const request = fc.record({
    priceKey: fc.constantFrom(...models),
    effectiveAt: fc.constantFrom("2025-01-01", "2026-03-31", "2026-08-01", "2026-12-01"),
    batch: fc.boolean(),
    serviceTier: fc.constantFrom(null, "default", "priority", "flex", "fast", "auto"),
    inputTokens: tokens,
    cachedInputTokens: tokens,
    cacheWriteTokens: tokens,
    outputTokens: tokens,
  });

  it("each line is quantity x price, lines sum to the total, quantities to the reported tokens", () => {
    fc.assert(
      fc.property(request, ({ priceKey, effectiveAt, batch, ...usage }) => {
        const result = charge(usage, { priceKey, effectiveAt, batch });
        if (usage.cachedInputTokens + usage.cacheWriteTokens > usage.inputTokens) {
          expect(result).toMatchObject({ kind: "unpriced", reason: expect.stringMatching(/^disputed: /) });
          return;
        }
        if (result.kind !== "rated") return;
        let total = 0n;
        let [input, output] = [0n, 0n];
        for (const { unit, quantity, unitPricePicoUsd, amountPicoUsd } of result.lines) {
          expect(amountPicoUsd).toBe(quantity * unitPricePicoUsd);
          total += amountPicoUsd;
          if (unit === "output") output += quantity;
          else input += quantity;
        }
        expect(result.totalPicoUsd).toBe(total);
        expect(input).toBe(BigInt(usage.inputTokens));
        expect(output).toBe(BigInt(usage.outputTokens));
      }),
      { numRuns: 500 },
    );
  });

  it("more output never costs less", () => {
    fc.assert(
      fc.property(tokens, tokens, fc.nat({ max: 1_000 }), (inputTokens, outputTokens, more) => {
        const less = totalOf({ inputTokens, outputTokens });
        expect(totalOf({ inputTokens, outputTokens: outputTokens + more }) >= less).toBe(true);
      }),
    );
  });
});
