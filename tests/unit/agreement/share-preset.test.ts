/** Share presets: money clauses in place of a regime's own, and nothing else about it. */

import { describe, expect, test } from "vitest";
import { bindAgreement, compileAgreement } from "../../../src/agreement/compile.ts";
import { decide, type Verdict } from "../../../src/agreement/decide.ts";
import { withShares } from "../../../src/agreement/share-preset.ts";
import { checkedTable } from "../../../src/agreement/verify/checked-table.ts";
import type { Ruling } from "../../../src/agreement/verdict.ts";
import { ConfigError } from "../../../src/config/parse-yaml.ts";
import { collapse } from "../../../src/decision-table/space.ts";
import type { CallFacts } from "../../../src/domain/call.ts";
import type { MoneyTerms } from "../../../src/domain/money.ts";
import { checkPolicy } from "../../../src/policy/check-policy.ts";
import { compilePolicy } from "../../../src/policy/policy.ts";
import { underShares } from "../../../src/policy/under-shares.ts";
import { agreementOf, defaultReading, shipped } from "./shipped.ts";
import { smallPolicy } from "./small-policy.ts";

const IDS = ["amended-2026-04-27", "azure-exclusive", "declining-share", "three-party"];

function presetOf(id: string) {
  const found = shipped.presets.find((each) => each.id === id);
  if (!found) throw new RangeError(`no preset ${id}`);
  return found;
}

function verdictUnder(preset: string, regime: string, facts: CallFacts = {}): Verdict {
  const compiled = compileAgreement(withShares(agreementOf(regime), presetOf(preset)), defaultReading);
  const usual = Object.fromEntries(compiled.axes.map(({ name, defaultValue }) => [name, defaultValue]));
  return decide(compiled, { ...usual, ...facts });
}

function moneyUnder(preset: string, facts: CallFacts = {}): MoneyTerms {
  const verdict = verdictUnder(preset, "2026-02-27", facts);
  if (verdict.kind === "denied") throw new Error(verdict.message);
  return verdict.money;
}

describe("the shipped presets", () => {
  test("are four, each with sources and figures that say they are reported or assumed", () => {
    expect(shipped.presets.map(({ id }) => id)).toEqual(IDS);
    for (const { text, sources, basis } of shipped.presets) {
      expect(sources.length).toBeGreaterThan(0);
      expect(basis).toBe("assumed");
      expect(text).toMatch(/as reported|assumed/);
    }
  });

  test("azure-exclusive pays both ways, and nothing once AGI is verified", () => {
    expect(verdictUnder("azure-exclusive", "2026-04-27")).toMatchObject({
      sharePpm: { microsoft: 200_000, openai: 800_000 },
    });
    const resale = { seller: "microsoft" };
    expect(verdictUnder("azure-exclusive", "2026-04-27", resale)).toMatchObject({
      sharePpm: { microsoft: 800_000, openai: 200_000 },
    });
    expect(verdictUnder("azure-exclusive", "2026-02-27", { agi: "verified" })).toMatchObject({
      sharePpm: { openai: 1_000_000 },
    });
  });

  test("amended-2026-04-27 has no reciprocal leg, a cap for ever and an end after 2030", () => {
    const { versions, caps } = moneyUnder("amended-2026-04-27", { agi: "verified" });
    expect(versions.map(({ from }) => from)).toEqual([null, "2031-01-01"]);
    expect(caps).toEqual([{ clause: "C11", scope: "lifetime", limitPicoUsd: "38000000000000000000000" }]);
    const resale = verdictUnder("amended-2026-04-27", "2026-02-27", { seller: "microsoft" });
    expect(resale).toMatchObject({ sharePpm: { microsoft: 1_000_000 }, money: { caps: [] } });
  });

  test("it is what the amendment itself says", () => {
    const own = agreementOf("2026-04-27");
    const split = (agreement: typeof own) => {
      const compiled = compileAgreement(agreement, defaultReading);
      return compiled.outcomes.flatMap((each) => (each.kind === "allowed" ? [each.money] : []));
    };
    expect(split(withShares(own, presetOf("amended-2026-04-27")))).toEqual(split(own));
  });

  test("declining-share falls from 20 % to 8 % by 2030, year by year", () => {
    const { versions } = moneyUnder("declining-share");
    const parts = versions.map(({ legs }) => legs.find(({ party }) => party === "microsoft")?.sharePpm);
    expect(parts).toEqual([200_000, 170_000, 140_000, 110_000, 80_000]);
    expect(versions.at(-1)?.from).toBe("2030-01-01");
  });

  test("three-party pays Amazon out of OpenAI's part, of what is sold with Amazon only", () => {
    expect(moneyUnder("three-party", { partner: "amazon" }).versions[0]?.legs).toEqual([
      { clause: "C11", party: "microsoft", sharePpm: 200_000 },
      { clause: "C11", party: "openai", sharePpm: 700_000 },
      { clause: "C17-amazon", party: "amazon", sharePpm: 100_000 },
    ]);
    expect(moneyUnder("three-party").clauses).toEqual(["C11"]);
  });

  test("change no host of any cell in any regime", () => {
    for (const agreement of shipped.agreements) {
      for (const preset of shipped.presets) {
        const bound = [agreement, withShares(agreement, preset)].map((each) =>
          bindAgreement(each, defaultReading),
        );
        const space = collapse(
          bound[0]?.axes ?? [],
          bound.flatMap(({ rules }) => rules.map(({ scope }) => scope)),
        );
        const [own, swapped] = bound.map((each) => checkedTable(each, space).reduced);
        const pairs = new Set([...(own?.cells ?? [])].map((set, cell) => `${set} ${swapped?.cells[cell]}`));
        for (const pair of pairs) {
          const [one = 0, other = 0] = pair.split(" ").map(Number);
          expect(hostsOf(swapped?.outcomes[other])).toEqual(hostsOf(own?.outcomes[one]));
        }
      }
    }
  });

  test("give the policy another digest, each its own", () => {
    const own = agreementOf("2026-02-27");
    const all = [own, ...shipped.presets.map((preset) => withShares(own, preset))];
    const digests = all.map((agreement) => compilePolicy(shipped, agreement, defaultReading).digest);
    expect(new Set(digests).size).toBe(all.length);
  });
});

function hostsOf(ruling: Ruling | undefined): unknown {
  return ruling?.kind === "allowed" ? [ruling.providers, ruling.clauses] : ruling;
}

describe("a preset that is put into an agreement", () => {
  test("names its own file and place for its clauses, and the agreement's for the others", () => {
    const { clauses } = compileAgreement(
      withShares(agreementOf("2026-02-27"), presetOf("three-party")),
      defaultReading,
    );
    expect(clauses.get("C17-amazon")?.place).toMatch(/shares\/three-party\.yaml:\d+:5$/);
    expect(clauses.get("C1")?.place).toMatch(/agreements\/2026-02-27\.yaml:\d+:5$/);
    const own = compileAgreement(agreementOf("2026-02-27"), defaultReading).clauses;
    expect(clauses.get("C1")?.place).toBe(own.get("C1")?.place);
    expect(clauses.has("C14-share")).toBe(false);
  });

  test("leaves the promises about hosts, and no promise about money", () => {
    const swapped = underShares(shipped, "three-party");
    if (swapped.kind === "missing") throw new Error(swapped.message);
    const { bound } = swapped.sources.properties;
    const ids = bound.map(({ property }) => property.id);
    expect(ids).toContain("P1");
    expect(ids).toContain("P8");
    expect(ids.filter((id) => id.startsWith("P5"))).toEqual(["P5-host"]);
    expect(JSON.stringify(bound.map(({ property }) => property))).not.toMatch(/share_ppm|money/);
  });

  test("that there is not is told with the nearest that there is", () => {
    expect(underShares(shipped, "three-partie")).toEqual({
      kind: "missing",
      message: "unknown share preset `three-partie`, did you mean `three-party`?",
    });
    expect(underShares(smallPolicy(), "any")).toEqual({
      kind: "missing",
      message: "unknown share preset `any`; there are none",
    });
  });
});

const PRESET = `shares:
  id: half
  title: A half for each of the two
  text: a preset for tests, assumed
  basis: assumed
  source: [S1]
clauses:
  - id: C4
    name: HALF
    modality: remuneration
    text: a half for each of the two
    basis: assumed
    source: [S1]
    when: {}
    then: { share_ppm: { openai: 500000, microsoft: 500000 } }
`;

describe("a preset with a mistake", () => {
  const wrong: readonly (readonly [string, string, string, string])[] = [
    [
      "shares that do not conserve",
      "openai: 500000",
      "openai: 400000",
      "s0.yaml:15:24 CT011 clauses[0].then.share_ppm: shares sum to 900000 ppm, they must sum to 1000000",
    ],
    [
      "an unknown party",
      "microsoft: 500000",
      "micorsoft: 500000",
      "s0.yaml:15:42 clauses[0].then.share_ppm.micorsoft: unknown party `micorsoft`, did you mean `microsoft`?",
    ],
    [
      "an unknown source",
      "  source: [S1]\nclauses",
      "  source: [S2]\nclauses",
      "s0.yaml:6:12 shares.source[0]: unknown source `S2`, did you mean `S1`?",
    ],
    [
      "a clause that is no clause on money",
      "modality: remuneration",
      "modality: permission",
      "s0.yaml:10:15 clauses[0].modality: ",
    ],
    [
      "a clause that rests on one of a regime",
      "    when: {}",
      "    when: {}\n    rests-on: [C13]",
      "s0.yaml:15:5 clauses[0].rests-on: a share preset holds in every regime, so it has no `rests-on`: remove it",
    ],
    [
      "a clause with a time of its own",
      "    when: {}",
      "    when: {}\n    effective: { from: 2026-01-01, to: null }",
      "s0.yaml:15:5 clauses[0].effective: a share preset holds as long as the regime it is put into: remove `effective`",
    ],
    [
      "an exception that is named on one side only",
      "    when: {}",
      "    when: {}\n    except: [C5]",
      "s0.yaml:15:14 CT013 clauses[0].except[0]: unknown clause `C5`, did you mean `C4`?",
    ],
  ];
  test.each(wrong)("%s", (_, before, after, problem) => {
    expect(PRESET.split(before)).toHaveLength(2);
    expect(problemsOf(() => smallPolicy({ shares: [PRESET.replace(before, after)] }))).toContain(problem);
  });

  test("an id used twice", () => {
    expect(problemsOf(() => smallPolicy({ shares: [PRESET, PRESET] }))).toBe(
      "s1.yaml:2:7 shares.id: share preset `half` is in s0.yaml too, rename one",
    );
  });

  test("a gap that it leaves in a regime is found when that is checked, at its place", () => {
    const partial = PRESET.replace("when: {}", "when: { region: eu }");
    const { findings } = checkPolicy(smallPolicy({ shares: [partial] }));
    const gaps = findings.filter(({ code }) => code === "CT001");
    expect(gaps.map(({ message, tables }) => [message, tables])).toEqual([
      ["no clause says who earns from such a call", ["test x default x half"]],
    ]);
    expect(
      checkPolicy(smallPolicy({ shares: [PRESET] })).findings.filter(({ code }) => code === "CT001"),
    ).toEqual([]);
  });

  test("two of its clauses that contradict each other are a conflict, at the first of them", () => {
    const second = PRESET.slice(PRESET.indexOf("  - id: C4"))
      .replace("C4", "C5")
      .replace("openai: 500000, microsoft: 500000", "openai: 1000000");
    const { findings } = checkPolicy(smallPolicy({ shares: [PRESET + second] }));
    const conflict = findings.find(({ code }) => code === "CT002");
    expect(conflict).toMatchObject({
      file: "s0.yaml",
      line: 8,
      message: "C4 and C5 split the revenue differently",
    });
  });

  test("a clause with the id of one that stays is told where it is put in", () => {
    const taken = PRESET.replace("id: C4", "id: C1");
    expect(problemsOf(() => checkPolicy(smallPolicy({ shares: [taken] })))).toContain(
      "s0.yaml:8:9 CT013 clauses[3].id: id `C1` is used twice, rename one",
    );
  });
});

function problemsOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}
