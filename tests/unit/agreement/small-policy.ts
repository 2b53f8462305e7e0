/** A whole policy around the small agreement, in which one part at a time can be made wrong. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { KNOB_IDS, KNOBS } from "../../../src/agreement/knobs.ts";
import type { Finding, FindingCode } from "../../../src/decision-table/findings.ts";
import { checkPolicy } from "../../../src/policy/check-policy.ts";
import { parsePolicy, type PolicySources } from "../../../src/policy/policy-sources.ts";
import { CONFIG_FOLDER } from "./shipped.ts";
import { SMALL, SMALL_VOCABULARY } from "./small-agreement.ts";

export interface SmallTexts {
  readonly vocabulary?: string;
  readonly agreements?: readonly string[];
  readonly readings?: readonly string[];
  /** Presets of money clauses. */
  readonly shares?: readonly string[];
  /** Items of the properties file, as YAML in flow style, one a line. */
  readonly properties?: readonly string[];
  readonly classification?: string;
}

const classification = readFileSync(join(CONFIG_FOLDER, "classification.yaml"), "utf8");

/** Complete readings that choose the first option of each knob, save those given. */
export function readingText(id: string, chosen: Readonly<Record<string, string>> = {}): string {
  const choices = KNOB_IDS.map((knob) => [
    knob,
    { choose: chosen[knob] ?? KNOBS[knob].simulated[0], because: "for a test" },
  ]);
  const accepted = ["background", "auto-container", "api", "store", "prompt", "prewarm", "cache"];
  return stringify({
    reading: { id, title: "a reading for tests" },
    choices: Object.fromEntries(choices),
    accepted_widenings: accepted.map((each) => ({ id: each, reason: "accepted for a test" })),
  });
}

/** Parses what is given, and the small agreement with nothing special for what is not. */
export function smallPolicy(texts: SmallTexts = {}): PolicySources {
  const named = (text: string, file: string) => ({ text: () => text, file });
  return parsePolicy({
    vocabulary: named(texts.vocabulary ?? SMALL_VOCABULARY, "v.yaml"),
    agreements: (texts.agreements ?? [SMALL]).map((text, index) => named(text, `a${index}.yaml`)),
    readings: (texts.readings ?? [readingText("default")]).map((text, index) =>
      named(text, `r${index}.yaml`),
    ),
    shares: (texts.shares ?? []).map((text, index) => named(text, `s${index}.yaml`)),
    facts: named(
      "facts: {}\nhead_start: { days: { one-day: 1, thirty-days: 30 }, basis: assumed, source: [S1], because: for a test }\n",
      "f.yaml",
    ),
    properties: named(
      `properties:${(texts.properties ?? ["[]"]).map((each) => `\n  ${each}`).join("")}\n`,
      "p.yaml",
    ),
    classification: named(texts.classification ?? classification, "c.yaml"),
  });
}

/** The findings with this code. */
export function findingsOf(code: FindingCode, texts: SmallTexts, mutate = false): readonly Finding[] {
  return checkPolicy(smallPolicy(texts), { mutate }).findings.filter((each) => each.code === code);
}
