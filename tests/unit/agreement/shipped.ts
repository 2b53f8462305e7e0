/** The files this project ships, as its tests read them. */

import { fileURLToPath } from "node:url";
import { readPolicy } from "../../../src/app/configuration-files.ts";
import type { Agreement } from "../../../src/agreement/parse.ts";
import type { Reading } from "../../../src/agreement/reading.ts";

export const CONFIG_FOLDER = fileURLToPath(new URL("../../../config", import.meta.url));

export const shipped = readPolicy(CONFIG_FOLDER);
export const shippedAgreement = agreementOf("2026-02-27");
export const defaultReading = readingOf("default");

export function agreementOf(regime: string): Agreement {
  const found = shipped.agreements.find((each) => each.regime === regime);
  if (!found) throw new RangeError(`no regime ${regime}`);
  return found;
}

export function readingOf(id: string): Reading {
  const found = shipped.readings.find((each) => each.id === id);
  if (!found) throw new RangeError(`no reading ${id}`);
  return found;
}
