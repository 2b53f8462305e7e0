/**
 * Child of the kill tests: the gateway as `serve gateway` starts it, in two steps. It loads the configuration at once, and opens
 * the ledger when it is sent a line, so that the next one warms up while this one is under load. It prints its address.
 */

import { once } from "node:events";
import { loadConfiguration } from "../../src/app/load-world.ts";
import { readSettings } from "../../src/app/settings.ts";
import { startRole } from "../../src/app/start-role.ts";

/** So that a child that nobody kills ends all the same. */
const LONGEST_LIFE_MS = 120_000;

const settings = readSettings({ logLevel: "silent" }, process.env);
const configuration = loadConfiguration(settings);
await once(process.stdin, "data");
const gateway = await startRole("gateway", settings, configuration);
process.stdout.write(`${gateway.urls["gateway"]}\n`);
setTimeout(() => process.exit(1), LONGEST_LIFE_MS);
