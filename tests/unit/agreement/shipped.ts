/** The files this project ships, as its tests read them. */

import { readFileSync } from "node:fs";
import { parseAgreement } from "../../../src/agreement/parse.ts";
import { parseReading } from "../../../src/agreement/reading.ts";

const AGREEMENT_FILE = "config/agreements/2026-02-27.yaml";
const READING_FILE = "config/readings/default.yaml";
export const agreementText = readFileSync(new URL(`../../../${AGREEMENT_FILE}`, import.meta.url), "utf8");
export const readingText = readFileSync(new URL(`../../../${READING_FILE}`, import.meta.url), "utf8");
export const shippedAgreement = parseAgreement(agreementText, AGREEMENT_FILE);
export const defaultReading = parseReading(readingText, READING_FILE);
