/**
 * Share presets: money clauses that stand in place of those of an agreement, to ask what another split would come to. They hold
 * in every regime, so they name nothing that only one of them has.
 */

import { z } from "zod";
import { ConfigError, parseYaml, type Located } from "../config/parse-yaml.ts";
import { checkKnown } from "../decision-table/check-condition.ts";
import { checkOverrides, checkUnique } from "../decision-table/check-links.ts";
import { prose } from "../decision-table/condition.ts";
import { collectProblems, type Path, type Problems } from "../decision-table/problems.ts";
import { checkClause } from "./check-words.ts";
import type { Agreement } from "./parse.ts";
import { basis, isMoneyClause, moneyClause, type Example } from "./schema.ts";
import type { Vocabulary } from "./vocabulary.ts";

export const sharePresetSchema = z.strictObject({
  $schema: z.string().optional(),
  shares: z.strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]*$/, "expected a name such as `azure-exclusive`"),
    title: prose,
    text: prose.describe("What the preset stands for, and what of it is assumed."),
    basis,
    source: z.array(z.string()).min(1).describe("Keys of the vocabulary's `sources`."),
  }),
  clauses: z
    .array(moneyClause)
    .min(1)
    .describe("Stand in place of all clauses on money, whatever the regime; those on hosting stay."),
});
type SharePresetDocument = z.infer<typeof sharePresetSchema>;

/** The file as it stands, its words not yet checked. */
export interface SharePresetFile extends Located<SharePresetDocument> {
  readonly file: string;
}

export interface SharePreset extends SharePresetFile {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly basis: "quoted" | "summarised" | "assumed";
  readonly sources: readonly string[];
}

/** Reads a file of `config/shares/`. Throws ConfigError for what is no YAML or does not fit the schema, every problem at once. */
export function readSharePreset(text: string, file: string): SharePresetFile {
  return { ...parseYaml<SharePresetDocument>(text, file, sharePresetSchema), file };
}

/**
 * Throws ConfigError, every problem with its position, for words that are not declared, shares that do not sum to 1,000,000 ppm,
 * links that are not named on both sides, and what ties a clause to one regime.
 */
export function sharePresetOf(located: SharePresetFile, vocabulary: Vocabulary): SharePreset {
  const { shares, clauses } = located.value;
  const problems = collectProblems(located);
  checkKnown(shares.source, Object.keys(vocabulary.value.sources), "source", ["shares", "source"], problems);
  clauses.forEach((clause, index) => {
    const path = ["clauses", index];
    checkClause(vocabulary.value, clause, path, problems);
    checkUntied(clause, path, problems);
  });
  checkUnique({ clauses }, problems);
  checkOverrides(clauses, problems, { noun: "clause" });
  if (problems.found.length > 0) throw new ConfigError(problems.found);
  const { id, title, text: about, basis: given, source } = shares;
  return Object.freeze({
    ...located,
    id,
    title,
    text: about,
    basis: given,
    sources: Object.freeze([...source]),
  });
}

/**
 * The agreement with its money clauses swapped for those of the preset, wherever the places of its parts are then. Its examples
 * keep what they say of hosts; what they say of money is about other clauses.
 */
export function withShares(agreement: Agreement, preset: SharePreset): Agreement {
  const kept = agreement.value.clauses.flatMap((clause, index) =>
    isMoneyClause(clause) ? [] : [{ clause, index }],
  );
  const placed = (locate: "locate" | "locateKey") => (path: Path) => {
    const [list, position, ...rest] = path;
    if (list !== "clauses" || typeof position !== "number") return agreement[locate](path);
    const own = kept[position];
    if (own !== undefined) return agreement[locate]([list, own.index, ...rest]);
    return { ...preset[locate]([list, position - kept.length, ...rest]), file: preset.file };
  };
  const value = {
    ...agreement.value,
    clauses: [...kept.map(({ clause }) => clause), ...preset.value.clauses],
    examples: agreement.value.examples.map(withoutMoney),
  };
  return { ...agreement, value, locate: placed("locate"), locateKey: placed("locateKey"), shares: preset };
}

function checkUntied(clause: SharePresetDocument["clauses"][number], path: Path, problems: Problems): void {
  for (const key of ["rests-on", "includes"] as const) {
    if (clause[key].length === 0) continue;
    problems.atKey(
      [...path, key],
      `a share preset holds in every regime, so it has no \`${key}\`: remove it`,
    );
  }
  if (clause.effective === undefined) return;
  const message = "a share preset holds as long as the regime it is put into: remove `effective`";
  problems.atKey([...path, "effective"], message);
}

function withoutMoney({ expect, ...example }: Example): Example {
  const { money_clauses: _, share_ppm: __, rates: ___, cap: ____, ...hosts } = expect;
  return { ...example, expect: hosts };
}
