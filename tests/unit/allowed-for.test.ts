/** Looking for the policy that a call of the ledger was decided under. */

import { afterEach, expect, test } from "vitest";
import { loadConfiguration } from "../../src/app/load-world.ts";
import { readSettings } from "../../src/app/settings.ts";
import { createAllowedFor } from "../../src/cli/reconcile/allowed-for.ts";
import { copyConfig, type ConfigCopy } from "../support/config-copy.ts";

const FACTS = { workload: "stateless", family: "openai" } as const;
const REGIME = "2026-02-27";

let config: ConfigCopy | null = null;
afterEach(() => {
  config?.remove();
  config = null;
});

test("reads the configuration once for all digests of a regime that it does not have", () => {
  config = copyConfig();
  const { world } = loadConfiguration(readSettings({ config: config.folder }, {}));
  const other = loadConfiguration(readSettings({ config: config.folder, reading: "permissive" }, {})).world;
  const allowedFor = createAllowedFor(config.folder, world);
  const ask = (digest: string) => allowedFor({ agreement: REGIME, digest, facts: FACTS });
  expect(ask("e".repeat(64))).toBe("no policy of this configuration has digest eeeeeeeeeeee");
  // Whoever would read it again would find nothing.
  config.remove();
  expect(ask("e".repeat(64))).toMatch(/no policy .* has digest eeeeeeeeeeee/);
  expect(ask("f".repeat(64))).toMatch(/no policy .* has digest ffffffffffff/);
  expect(ask(world.digest)).toBeInstanceOf(Array);
  expect(ask(other.digest)).toBeInstanceOf(Array);
});
