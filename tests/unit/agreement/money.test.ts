/** The clauses on money: what they may say, what they come to, and where they contradict each other. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { compileAgreement } from "../../../src/agreement/compile.ts";
import { decide, type Verdict } from "../../../src/agreement/decide.ts";
import { parseAgreement } from "../../../src/agreement/parse.ts";
import { sameOutcome } from "../../../src/agreement/verify/same-outcome.ts";
import { parseVocabulary } from "../../../src/agreement/vocabulary.ts";
import { ConfigError } from "../../../src/config/parse-yaml.ts";
import { anyReading, SMALL, SMALL_VOCABULARY } from "./small-agreement.ts";
import { findingsOf } from "./small-policy.ts";

const vocabulary = parseVocabulary(
  SMALL_VOCABULARY.replace("[openai, microsoft]", "[openai, microsoft, amazon]"),
  "v.yaml",
);
const HEAD = {
  agreement: {
    id: "money",
    title: "Money clauses for tests",
    regime: "test",
    version: 1,
    effective: { from: "2026-01-01", to: null },
    currency: "USD",
  },
};
const common = { name: "MONEY", text: "a clause for tests", basis: "assumed", source: ["S1"], when: {} };
const hosting = {
  ...common,
  id: "C1",
  modality: "permission",
  // oxlint-disable-next-line unicorn/no-thenable -- the agreement's own word
  then: { provider: { in: "any" } },
};

type Terms = Readonly<Record<string, unknown>>;

function share(id: string, then: Terms, more: Terms = {}): Terms {
  // oxlint-disable-next-line unicorn/no-thenable -- the agreement's own word
  return { ...common, id, modality: "remuneration", then, ...more };
}

function commission(id: string, ppm: number, more: Terms = {}, parties: Terms = {}): Terms {
  const paid = { payee: "amazon", commission_ppm: ppm, borne_by: "openai", ...parties };
  // oxlint-disable-next-line unicorn/no-thenable -- the agreement's own word
  return { ...common, id, modality: "commission", then: paid, ...more };
}

/** The verdict on a stateless call from America, of an agreement with these clauses on money. */
function verdictOf(...clauses: readonly Terms[]): Verdict {
  const text = stringify({ ...HEAD, clauses: [hosting, ...clauses] }, { aliasDuplicateObjects: false });
  const compiled = compileAgreement(parseAgreement(text, "a.yaml", vocabulary), anyReading);
  return decide(compiled, { workload: "stateless", region: "us" });
}

function moneyOf(...clauses: readonly Terms[]) {
  const verdict = verdictOf(...clauses);
  if (verdict.kind === "denied") throw new Error(verdict.message);
  return verdict.money;
}

function leg(clause: string, party: string, sharePpm: number) {
  return { clause, party, sharePpm };
}

const FIFTH = { microsoft: 200_000, openai: 800_000 };

describe("what live clauses come to", () => {
  test("a split alone is one version of legs by its clause", () => {
    expect(moneyOf(share("C2", { share_ppm: FIFTH }))).toEqual({
      clauses: ["C2"],
      versions: [{ from: null, legs: [leg("C2", "microsoft", 200_000), leg("C2", "openai", 800_000)] }],
      caps: [],
    });
  });

  test("a party with nothing has no leg", () => {
    const money = moneyOf(share("C2", { share_ppm: { openai: 1_000_000, microsoft: 0 } }));
    expect(money.versions).toEqual([{ from: null, legs: [leg("C2", "openai", 1_000_000)] }]);
  });

  test("a dated change is a version of its own", () => {
    const rates = [
      { from: "2027-01-01", share_ppm: { microsoft: 100_000, openai: 900_000 } },
      { from: "2031-01-01", share_ppm: { openai: 1_000_000 } },
    ];
    const { versions } = moneyOf(share("C2", { share_ppm: FIFTH, rates }));
    expect(versions.map(({ from }) => from)).toEqual([null, "2027-01-01", "2031-01-01"]);
    expect(versions[1]?.legs).toEqual([leg("C2", "microsoft", 100_000), leg("C2", "openai", 900_000)]);
    expect(versions[2]?.legs).toEqual([leg("C2", "openai", 1_000_000)]);
  });

  test("a cap of billions is kept to the picodollar", () => {
    const cap = { usd: "38000000000.000000000001", scope: "lifetime", party: "microsoft" };
    const { caps } = moneyOf(share("C2", { share_ppm: FIFTH, cap }));
    expect(caps).toEqual([{ clause: "C2", scope: "lifetime", limitPicoUsd: "38000000000000000000001" }]);
  });

  test("a commission comes out of the part of who bears it, as a leg of its own clause", () => {
    const verdict = verdictOf(share("C2", { share_ppm: FIFTH }), commission("C3", 100_000));
    expect(verdict).toMatchObject({
      kind: "allowed",
      moneyClauses: ["C2", "C3"],
      sharePpm: { amazon: 100_000, microsoft: 200_000, openai: 700_000 },
    });
    expect(verdict.kind === "allowed" && verdict.money.versions[0]?.legs).toEqual([
      leg("C2", "microsoft", 200_000),
      leg("C2", "openai", 700_000),
      leg("C3", "amazon", 100_000),
    ]);
  });

  test("of a net base the shares are of what the commissions leave", () => {
    const money = moneyOf(share("C2", { share_ppm: FIFTH, base: "net" }), commission("C3", 100_000));
    expect(money.versions[0]?.legs).toEqual([
      leg("C2", "microsoft", 180_000),
      leg("C2", "openai", 720_000),
      leg("C3", "amazon", 100_000),
    ]);
  });

  test("several commissions add up, each by its own clause", () => {
    const money = moneyOf(
      share("C2", { share_ppm: FIFTH }),
      commission("C3", 100_000),
      commission("C4", 50_000, {}, { borne_by: "microsoft" }),
    );
    expect(money.versions[0]?.legs).toEqual([
      leg("C2", "microsoft", 150_000),
      leg("C2", "openai", 700_000),
      leg("C3", "amazon", 100_000),
      leg("C4", "amazon", 50_000),
    ]);
  });

  test("a commission that takes all of a part leaves no leg of it", () => {
    const money = moneyOf(share("C2", { share_ppm: FIFTH }), commission("C3", 800_000));
    expect(money.versions[0]?.legs).toEqual([leg("C2", "microsoft", 200_000), leg("C3", "amazon", 800_000)]);
  });

  test("a commission that a clause overrides is not due, and one that does not speak neither", () => {
    const overridden = moneyOf(
      share("C2", { share_ppm: FIFTH }, { overrides: ["C3"] }),
      commission("C3", 100_000, { except: ["C2"] }),
    );
    expect(overridden.clauses).toEqual(["C2"]);
    const silent = moneyOf(
      share("C2", { share_ppm: FIFTH }),
      commission("C3", 1, { when: { region: "eu" } }),
    );
    expect(silent.clauses).toEqual(["C2"]);
  });

  test("two clauses that say the same are both cited, and pay once", () => {
    const terms = { share_ppm: FIFTH, cap: { usd: "5", scope: "period" } };
    const money = moneyOf(
      share("C2", terms),
      share("C3", { ...terms, cap: { usd: "5.00", scope: "period" } }),
    );
    expect(money.clauses).toEqual(["C2", "C3"]);
    expect(money.versions[0]?.legs.map(({ clause }) => clause)).toEqual(["C2", "C2"]);
    expect(money.caps.map(({ clause }) => clause)).toEqual(["C2"]);
  });

  test("terms are frozen, down to each leg", () => {
    const money = moneyOf(
      share("C2", { share_ppm: FIFTH, cap: { usd: "1", scope: "lifetime" } }),
      commission("C3", 1),
    );
    const parts = [money, money.clauses, money.versions, money.caps, money.caps[0], money.versions[0]];
    for (const part of [...parts, money.versions[0]?.legs, ...(money.versions[0]?.legs ?? [])]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe("where clauses contradict each other", () => {
  const different: readonly (readonly [string, Terms])[] = [
    ["shares", { share_ppm: { microsoft: 100_000, openai: 900_000 } }],
    [
      "dated changes",
      { share_ppm: FIFTH, rates: [{ from: "2031-01-01", share_ppm: { openai: 1_000_000 } }] },
    ],
    ["caps", { share_ppm: FIFTH, cap: { usd: "5", scope: "lifetime" } }],
    ["bases", { share_ppm: FIFTH, base: "net" }],
  ];
  test.each(different)("two live splits with other %s are a conflict", (_, terms) => {
    expect(verdictOf(share("C2", { share_ppm: FIFTH }), share("C3", terms))).toMatchObject({
      kind: "denied",
      reason: "conflict",
      clauses: ["C2", "C3"],
      message: "C2 and C3 split the revenue differently",
    });
  });

  test("a commission with nothing to come out of is a conflict, never a part below zero", () => {
    expect(verdictOf(share("C2", { share_ppm: FIFTH }), commission("C3", 900_000))).toMatchObject({
      reason: "conflict",
      clauses: ["C2", "C3"],
      message: "C3 takes 900000 ppm out of the part of openai, who has 800000 ppm of C2 left",
    });
  });

  test("so is one that a later version leaves too little for", () => {
    const rates = [{ from: "2030-01-01", share_ppm: { microsoft: 950_000, openai: 50_000 } }];
    expect(verdictOf(share("C2", { share_ppm: FIFTH, rates }), commission("C3", 100_000))).toMatchObject({
      reason: "conflict",
      message:
        "from 2030-01-01 on C3 takes 100000 ppm out of the part of openai, who has 50000 ppm of C2 left",
    });
  });

  test("a net share that is no whole number of ppm of the gross is a conflict, nothing is rounded", () => {
    const odd = { share_ppm: { microsoft: 200_001, openai: 799_999 }, base: "net" };
    expect(verdictOf(share("C2", odd), commission("C3", 100_000))).toMatchObject({
      reason: "conflict",
      message: expect.stringMatching(
        /^C2 gives microsoft 200001 ppm of the 900000 ppm left by C3, which is no whole number of ppm of the gross$/,
      ) as string,
    });
    expect(verdictOf(share("C2", odd)).kind).toBe("allowed");
  });

  test("commissions of more than there is are a conflict", () => {
    const net = share("C2", { share_ppm: FIFTH, base: "net" });
    expect(verdictOf(net, commission("C3", 600_000), commission("C4", 600_000))).toMatchObject({
      reason: "conflict",
      message: "C3 and C4 take 1200000 ppm, which is more than there is",
    });
  });

  test.each([
    ["a commission that is too large", { share_ppm: FIFTH }, 900_000],
    [
      "a net share that is no whole ppm",
      { share_ppm: { microsoft: 200_001, openai: 799_999 }, base: "net" },
      100_000,
    ],
  ])("the mend for %s is to change the figures, not to name an exception", (_, terms, ppm) => {
    const clauses = [hosting, share("C2", terms), commission("C3", ppm, {}, { payee: "microsoft" })];
    const text = stringify({ ...HEAD, clauses }, { aliasDuplicateObjects: false });
    expect(findingsOf("CT002", { agreements: [text] }).map(({ remedy }) => remedy)).toEqual([
      "change the shares or the commission",
    ]);
  });

  test("a commission alone splits nothing: that is a gap", () => {
    expect(verdictOf(commission("C3", 100_000))).toMatchObject({ kind: "denied", reason: "gap" });
  });
});

describe("what is the same outcome", () => {
  const plain = { share_ppm: FIFTH };
  const capped = { share_ppm: FIFTH, cap: { usd: "5", scope: "lifetime" } };
  const later = { share_ppm: FIFTH, rates: [{ from: "2031-01-01", share_ppm: { openai: 1_000_000 } }] };
  test("the same split by another clause is, a cap, a span, a date or a commission is not", () => {
    const base = verdictOf(share("C2", plain));
    expect(sameOutcome(base, verdictOf(share("C9", plain)))).toBe(true);
    const others = [capped, { ...capped, cap: { usd: "5", scope: "period" } }, later];
    for (const terms of others) {
      expect(sameOutcome(base, verdictOf(share("C2", terms)))).toBe(false);
      expect(sameOutcome(verdictOf(share("C9", terms)), verdictOf(share("C2", terms)))).toBe(true);
    }
    expect(sameOutcome(base, verdictOf(share("C2", plain), commission("C3", 1)))).toBe(false);
    const monthly = verdictOf(share("C2", { ...capped, cap: { usd: "5", scope: "period" } }));
    expect(sameOutcome(verdictOf(share("C2", capped)), monthly)).toBe(false);
  });
});

describe("a change of the terms that nobody notices", () => {
  const terms = `{ share_ppm: { openai: 800000, microsoft: 200000 }, rates: [{ from: 2031-01-01, share_ppm: { openai: 1000000 } }], cap: { usd: "5", scope: lifetime } }`;
  const text = SMALL.replace("{ share_ppm: { openai: 800000, microsoft: 200000 } }", terms);
  const survivorsOf = (expected: string) => {
    const examples = `examples: [{ id: E1, text: an example, given: { workload: stateless, region: us }, expect: { ${expected} } }]\n`;
    return findingsOf("CT014", { agreements: [text + examples] }, true)
      .map(({ subject }) => subject)
      .filter((subject) => subject.startsWith("C4: ") && !subject.includes("="));
  };
  const RATES = "rates: [{ from: 2031-01-01, share_ppm: { openai: 1000000 } }]";

  test("a cap or a dated change that no example expects may be dropped", () => {
    expect(survivorsOf("share_ppm: { openai: 800000 }")).toEqual([
      "C4: change on 2031-01-01 dropped",
      "C4: cap dropped",
      "C4: cap over the period",
    ]);
  });

  test("one that an example expects may not", () => {
    const cap = 'cap: { usd: "5.0", scope: lifetime }';
    expect(survivorsOf(`share_ppm: { openai: 800000 }, ${cap}`)).toEqual([
      "C4: change on 2031-01-01 dropped",
    ]);
    expect(survivorsOf(`share_ppm: { openai: 800000 }, ${RATES}`)).toEqual([
      "C4: cap dropped",
      "C4: cap over the period",
    ]);
    expect(survivorsOf(`share_ppm: { openai: 800000 }, ${RATES}, ${cap}`)).toEqual([]);
  });

  test("an example that expects other terms fails, and says what there is", () => {
    const failures = (expected: string) => {
      const examples = `examples: [{ id: E1, text: an example, given: { workload: stateless, region: us }, expect: { ${expected} } }]\n`;
      return findingsOf("CT008", { agreements: [text + examples] }).map(({ message }) => message);
    };
    expect(failures("cap: null")).toEqual([
      expect.stringMatching(/fails: capped at 5\.000000000000 USD per lifetime$/) as string,
    ]);
    expect(failures("rates: []")).toEqual([
      expect.stringMatching(/fails: from 2031-01-01 split \{"openai":1000000\}$/) as string,
    ]);
    expect(failures(`${RATES}, cap: { usd: "5", scope: lifetime }`)).toEqual([]);
  });
});

/** An exact fraction of the gross. */
type Fraction = readonly [numerator: bigint, denominator: bigint];

const WHOLE = 1_000_000n;
const add = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d];
const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d];
const minus = ([a, b]: Fraction): Fraction => [-a, b];
const ofPpm = (ppm: number): Fraction => [BigInt(ppm), WHOLE];
const toPpm = ([a, b]: Fraction): number | null => ((a * WHOLE) % b === 0n ? Number((a * WHOLE) / b) : null);

const PARTIES = ["openai", "microsoft", "amazon"] as const;

/** Shares that sum to the whole, in steps coarse enough that net bases are often whole and fine enough that they often are not. */
const shares = fc.tuple(fc.constantFrom(1, 10, 50_000), fc.nat(), fc.nat()).map(([step, one, two]) => {
  const steps = 1_000_000 / step;
  const first = one % (steps + 1);
  const second = two % (steps - first + 1);
  return {
    openai: first * step,
    microsoft: second * step,
    amazon: 1_000_000 - (first + second) * step,
  };
});
const due = fc.record({
  payee: fc.constantFrom(...PARTIES),
  borne_by: fc.constantFrom(...PARTIES),
  commission_ppm: fc.oneof(fc.constantFrom(100_000, 200_000, 500_000), fc.integer({ min: 1, max: 400_000 })),
});

test("legs of every version sum to the whole and are exactly the fractions of the clauses, or it is a conflict", () => {
  const seen = { allowed: 0, denied: 0 };
  const drawn = fc.record({
    first: shares,
    later: fc.array(shares, { maxLength: 2 }),
    base: fc.constantFrom("gross", "net"),
    dues: fc.array(
      due.filter(({ payee, borne_by }) => payee !== borne_by),
      { maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(drawn, ({ first, later, base, dues }) => {
      const versions = [first, ...later].filter(
        (each, index, all) => index === 0 || JSON.stringify(each) !== JSON.stringify(all[index - 1]),
      );
      const rates = versions.slice(1).map((share_ppm, index) => ({ from: `203${index}-01-01`, share_ppm }));
      const verdict = verdictOf(
        share("C2", { share_ppm: first, base, rates }),
        ...dues.map((each, index) => commission(`C${index + 3}`, each.commission_ppm, {}, each)),
      );
      const wanted = versions.map((each) => exactParts(each, base, dues));
      seen[verdict.kind] += 1;
      if (wanted.includes(null)) return void expect(verdict).toMatchObject({ reason: "conflict" });
      if (verdict.kind === "denied") throw new Error(verdict.message);
      expect(verdict.money.versions.map(({ legs }) => byParty(legs))).toEqual(wanted);
      for (const { legs } of verdict.money.versions) {
        expect(legs.reduce((sum, { sharePpm }) => sum + sharePpm, 0)).toBe(1_000_000);
        expect(new Set(legs.map(({ clause, party }) => `${clause} ${party}`)).size).toBe(legs.length);
      }
    }),
    { numRuns: 300, seed: 3 },
  );
  expect(seen.allowed).toBeGreaterThan(30);
  expect(seen.denied).toBeGreaterThan(30);
});

/** By party with more than nothing; null where a part is below zero or no whole number of ppm. */
function exactParts(
  split: Readonly<Record<(typeof PARTIES)[number], number>>,
  base: string,
  dues: readonly { payee: string; borne_by: string; commission_ppm: number }[],
): Readonly<Record<string, number>> | null {
  const taken = dues.reduce<Fraction>((sum, each) => add(sum, ofPpm(each.commission_ppm)), [0n, 1n]);
  const left = add([1n, 1n], minus(taken));
  const parts: Record<string, number> = {};
  for (const party of PARTIES) {
    const sum = (some: typeof dues) =>
      some.reduce<Fraction>((all, each) => add(all, ofPpm(each.commission_ppm)), [0n, 1n]);
    const borne = base === "net" ? ([0n, 1n] as const) : sum(dues.filter((each) => each.borne_by === party));
    const own = add(base === "net" ? times(ofPpm(split[party]), left) : ofPpm(split[party]), minus(borne));
    if (own[0] < 0n || left[0] < 0n || toPpm(own) === null) return null;
    const all = toPpm(add(own, sum(dues.filter((each) => each.payee === party))));
    if (all === null) return null;
    if (all > 0) parts[party] = all;
  }
  return parts;
}

function byParty(legs: readonly { party: string; sharePpm: number }[]): Readonly<Record<string, number>> {
  const parts: Record<string, number> = {};
  for (const { party, sharePpm } of legs) parts[party] = (parts[party] ?? 0) + sharePpm;
  return parts;
}

describe("what a file may not say", () => {
  function problemsOf(...clauses: readonly Terms[]): string {
    try {
      verdictOf(...clauses);
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
    return "";
  }
  const rate = (from: string, microsoft: number) => ({
    from,
    share_ppm: { microsoft, openai: 1_000_000 - microsoft },
  });
  const wrong: readonly (readonly [string, Terms, RegExp])[] = [
    [
      "rates out of order",
      { share_ppm: FIFTH, rates: [rate("2028-01-01", 1), rate("2027-01-01", 2)] },
      /rates\[1\]\.from: not after `2028-01-01`, put the rates in the order of their dates$/,
    ],
    [
      "two rates of one day",
      { share_ppm: FIFTH, rates: [rate("2028-01-01", 1), rate("2028-01-01", 2)] },
      /not after `2028-01-01`/,
    ],
    [
      "a rate that changes nothing",
      { share_ppm: FIFTH, rates: [rate("2028-01-01", 200_000)] },
      /rates\[0\]: changes nothing: these shares hold already$/,
    ],
    [
      "a rate that does not conserve",
      { share_ppm: FIFTH, rates: [{ from: "2028-01-01", share_ppm: { openai: 999_999 } }] },
      /CT011 .*rates\[0\]\.share_ppm: shares sum to 999999 ppm, they must sum to 1000000$/,
    ],
    [
      "an unknown party in a rate",
      { share_ppm: FIFTH, rates: [{ from: "2028-01-01", share_ppm: { opneai: 1_000_000 } }] },
      /unknown party `opneai`, did you mean `openai`\?$/,
    ],
    [
      "a day that is none",
      { share_ppm: FIFTH, rates: [rate("2027-02-30", 1)] },
      /expected a date such as `2031-01-01`$/,
    ],
    [
      "a cap as a number",
      { share_ppm: FIFTH, cap: { usd: 38_000_000_000, scope: "lifetime" } },
      /cap\.usd: write the amount as text, in quotes/,
    ],
    [
      "a cap with an exponent",
      { share_ppm: FIFTH, cap: { usd: "1e9", scope: "lifetime" } },
      /cap\.usd: expected dollars as decimal text .*, got `1e9`$/,
    ],
    ["a cap below zero", { share_ppm: FIFTH, cap: { usd: "-5", scope: "lifetime" } }, /got `-5`$/],
    [
      "a cap finer than a picodollar",
      { share_ppm: FIFTH, cap: { usd: "0.0000000000001", scope: "lifetime" } },
      /got `0\.0000000000001`$/,
    ],
    [
      "a cap with separators",
      { share_ppm: FIFTH, cap: { usd: "38,000", scope: "lifetime" } },
      /got `38,000`$/,
    ],
    ["a cap of nothing", { share_ppm: FIFTH, cap: { usd: "0.00", scope: "lifetime" } }, /a cap is above 0/],
    ["a cap over another span", { share_ppm: FIFTH, cap: { usd: "5", scope: "yearly" } }, /cap\.scope/],
    [
      "a cap for an unknown party",
      { share_ppm: FIFTH, cap: { usd: "5", scope: "lifetime", party: "micorsoft" } },
      /cap\.party: unknown party `micorsoft`, did you mean `microsoft`\?$/,
    ],
    [
      "a cap for a party without a share",
      { share_ppm: FIFTH, cap: { usd: "5", scope: "lifetime", party: "amazon" } },
      /gives nothing to amazon, whose part the cap is to limit$/,
    ],
    [
      "a cap for one of two payees",
      {
        share_ppm: { microsoft: 1, amazon: 1, openai: 999_998 },
        cap: { usd: "5", scope: "lifetime", party: "amazon" },
      },
      /gives to microsoft and openai too/,
    ],
    ["another base", { share_ppm: FIFTH, base: "profit" }, /base/],
  ];
  test.each(wrong)("%s", (_, terms, message) => {
    const problem = problemsOf(share("C2", terms));
    expect(problem).toMatch(/^a\.yaml:\d+:\d+ /);
    expect(problem).toMatch(message);
    expect(problem.split("\n")).toHaveLength(1);
  });

  test("a commission to nobody, borne by nobody, by its own payee, or of nothing", () => {
    const split = share("C2", { share_ppm: FIFTH });
    const wrong = (parties: Terms) => problemsOf(split, commission("C3", 1, {}, parties));
    expect(wrong({ payee: "amzon" })).toMatch(/then\.payee: unknown party `amzon`, did you mean `amazon`\?$/);
    expect(wrong({ borne_by: "opneai" })).toMatch(/then\.borne_by: unknown party `opneai`/);
    expect(wrong({ payee: "openai" })).toMatch(/then\.borne_by: openai would pay itself/);
    expect(wrong({ commission_ppm: 0 })).toMatch(/then\.commission_ppm/);
    expect(wrong({ commission_ppm: 0.5 })).toMatch(/then\.commission_ppm/);
  });

  test("a commission that overrides a clause on hosting", () => {
    const problem = problemsOf(
      share("C2", { share_ppm: FIFTH }),
      commission("C3", 1, { overrides: ["C2"], except: ["C1"] }),
    );
    expect(problem).toMatch(
      /CT013 clauses\[2\]\.except\[0\]: C1 is named as an exception, but does not say so/,
    );
  });
});
