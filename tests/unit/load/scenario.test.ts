import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ConfigError } from "../../../src/config/parse-yaml.ts";
import { LoadInputError } from "../../../src/load/load-input-error.ts";
import { shareConnections } from "../../../src/load/run-scenario.ts";
import { parseScenario, readScenario } from "../../../src/load/scenario.ts";

const GOOD = `name: small
title: A small one
durationSeconds: 1
connections: 4
requests:
  - { partner: direct, kind: chat, inputTokens: 10, outputTokens: 5 }
expectations:
  - { kind: placement, class: stateless, provider: azure }
`;

function problemsOf(text: string): string {
  try {
    parseScenario(text, "s.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("the scenario was accepted");
}

test("the shipped scenario is valid and covers all partners and the four routes", async () => {
  const scenario = await readScenario("load-tests/scenarios/mixed.yaml");
  expect(new Set(scenario.requests.map(({ partner }) => partner))).toEqual(
    new Set(["amazon", "direct", "first-party"]),
  );
  expect(scenario.flows.map(({ kind }) => kind)).toEqual(["session", "fine_tune"]);
  expect(scenario.expectations).toContainEqual({ kind: "placement", class: "stateless", provider: "azure" });
});

test("what is left out gets its default", () => {
  expect(parseScenario(GOOD, "s.yaml")).toMatchObject({ flows: [], requests: [{ weight: 1 }] });
});

test.each([
  ["an unknown key", GOOD.replace("title:", "titel:"), /s\.yaml:2:1/],
  [
    "an unknown partner",
    GOOD.replace("partner: direct", "partner: google"),
    /s\.yaml:6:16 requests\[0\]\.partner/,
  ],
  [
    "a negative duration",
    GOOD.replace("durationSeconds: 1", "durationSeconds: -1"),
    /s\.yaml:3:18 durationSeconds/,
  ],
  ["no connections", GOOD.replace("connections: 4", "connections: 0"), /s\.yaml:4:14 connections/],
  ["an unknown class", GOOD.replace("stateless", "stateles"), /s\.yaml:8:\d+ expectations\[0\]\.class/],
  ["no expectations", GOOD.replace(/expectations:[^]*/, "expectations: []\n"), /s\.yaml:7:\d+ expectations/],
  ["broken YAML", `${GOOD}  - [`, /s\.yaml:\d+:\d+/],
])("%s is refused with its place", (_name, text, place) => {
  expect(problemsOf(text)).toMatch(place);
});

test("a call that a partner does not take names the ones it takes", () => {
  const text = GOOD.replace("partner: direct, kind: chat", "partner: first-party, kind: embeddings");
  expect(problemsOf(text)).toMatch(/s\.yaml:6:\d+ requests\[0\]\.kind: partner `first-party` takes `stream`/);
});

test("all problems are told at once", () => {
  expect(
    problemsOf(
      GOOD.replace("connections: 4", "connections: 0").replace("durationSeconds: 1", "durationSeconds: x"),
    ),
  ).toMatch(/durationSeconds.*\n.*connections/);
});

test("a missing file is one message that says what to give", async () => {
  await expect(readScenario("load-tests/scenarios/none.yaml")).rejects.toThrow(
    /no such file; give a YAML file/,
  );
  await expect(readScenario("load-tests/scenarios/none.yaml")).rejects.toBeInstanceOf(LoadInputError);
});

test("connections are shared by weight and no partner goes without", () => {
  const text = readFileSync("load-tests/scenarios/mixed.yaml", "utf8");
  const shares = shareConnections(
    parseScenario(text.replace("connections: 24", "connections: 16"), "s.yaml"),
  );
  expect(shares).toEqual([
    { partner: "amazon", connections: 5 },
    { partner: "direct", connections: 9 },
    { partner: "first-party", connections: 2 },
  ]);
  expect(
    shareConnections(parseScenario(text.replace("connections: 24", "connections: 1"), "s.yaml")).map(
      ({ connections }) => connections,
    ),
  ).toEqual([1, 1, 1]);
});
