/** Where a region may process calls, as `providers.yaml` says it. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseProviders } from "../../src/config/providers.ts";

const SHIPPED = readFileSync(new URL("../../config/providers.yaml", import.meta.url), "utf8");
const REGION = '9001/swedencentral/openai/v1"';

function zonesOf(text: string): readonly (readonly [string, string | undefined])[] {
  const { providers } = parseProviders(text, "providers.yaml");
  return providers.flatMap(({ regions }) => regions.map(({ region, zone }) => [region, zone] as const));
}

test("a region is global unless it says otherwise", () => {
  expect(new Set(zonesOf(SHIPPED).map(([, zone]) => zone))).toEqual(new Set(["global"]));
  const zones = zonesOf(SHIPPED.replace(REGION, `${REGION}, zone: data-zone`));
  expect(zones.filter(([, zone]) => zone === "data-zone")).toEqual([["swedencentral", "data-zone"]]);
});

test("a zone that there is not is told of where it stands", () => {
  expect(() => zonesOf(SHIPPED.replace(REGION, `${REGION}, zone: eu`))).toThrow(
    /^providers\.yaml:\d+:\d+ providers\.azure\.regions\.swedencentral\.zone: .*data-zone/,
  );
});
