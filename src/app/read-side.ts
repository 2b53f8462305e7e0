/**
 * One side of a comparison, as a user names it: a regime, a reading, both, or files that are not in the configuration (yet), up to
 * a whole configuration folder.
 */

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseAgreement, type Agreement } from "../agreement/parse.ts";
import { parseReadings, readingSchema, type Reading } from "../agreement/reading.ts";
import { withShares, type SharePreset } from "../agreement/share-preset.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import { parseYaml } from "../config/parse-yaml.ts";
import { agreementOn, compilePolicy, type Policy } from "../policy/policy.ts";
import type { PolicySources } from "../policy/policy-sources.ts";
import { configurationFile, filesIn, readPolicy } from "./configuration-files.ts";
import { UsageError } from "./settings.ts";

export interface Side {
  /** Such as `2026-02-27 x default`; a file or folder stands by its path. */
  readonly name: string;
  readonly policy: Policy;
}

export interface SideDefaults {
  readonly configDir: string;
  /** The reading of a side that names only a regime. */
  readonly reading: string;
  /** The date whose regime a side has that names only a reading, `YYYY-MM-DD`. */
  readonly date: string;
  /** The share preset of a side that names none; null: the money clauses of the agreement itself. */
  readonly shares: string | null;
}

/**
 * Reads `REGIME`, `READING`, `SHARES`, the path of a configuration folder or several of them joined by `:`. Regime and reading can
 * be the path of a YAML file too; a reading of a file may extend those of the configuration, and stands in place of the one with
 * its id. With a folder everything is of that folder: what the other parts name, and what is not named. A share preset that is
 * named stands in place of the one that `sources` are under. Throws UsageError for what names nothing, ConfigError for a file
 * with mistakes. Gaps and conflicts of an agreement are no mistakes here: they deny, and a comparison shows it.
 */
export function readSide(text: string, sources: PolicySources, defaults: SideDefaults): Side {
  const words = partsOf(text);
  const folders = words.filter((word) => !isName(word, sources) && isFolder(word));
  const [folder] = folders;
  if (folders.length > 1) throw severalOf(text, ["configuration folders"]);
  if (folder === undefined) return joinParts(text, words, sources, defaults);
  const others = words.filter((word) => word !== folder);
  const side = joinParts(text, others, readFolder(folder), { ...defaults, configDir: folder });
  return { ...side, name: `${folder} x ${side.name}` };
}

function joinParts(
  text: string,
  words: readonly string[],
  sources: PolicySources,
  defaults: SideDefaults,
): Side {
  const parts = words.map((word) => readPart(word, sources, defaults));
  const regimes = parts.filter((part) => part.kind === "agreement");
  const readings = parts.filter((part) => part.kind === "reading");
  const presets = parts.filter((part) => part.kind === "shares");
  const twice = [
    ...(regimes.length > 1 ? ["regimes"] : []),
    ...(readings.length > 1 ? ["readings"] : []),
    ...(presets.length > 1 ? ["share presets"] : []),
  ];
  if (twice.length > 0) throw severalOf(text, twice);
  const agreement = regimes[0] ?? usualAgreement(sources, defaults.date);
  const reading = readings[0] ?? usualReading(sources, defaults.reading);
  const shares = presets[0]?.preset ?? usualShares(sources, defaults.shares);
  const split = shares === null ? agreement.agreement : withShares(agreement.agreement, shares);
  return {
    name: [agreement.name, reading.name, ...(shares === null ? [] : [shares.id])].join(" x "),
    policy: compilePolicy(sources, split, reading.reading),
  };
}

function severalOf(text: string, what: readonly string[]): UsageError {
  return new UsageError(
    `\`${text}\` names several ${what.join(" and ")}; a side has one FOLDER, REGIME, READING and SHARES at most, joined by \`:\``,
  );
}

function isName(word: string, { agreements, readings, presets }: PolicySources): boolean {
  return (
    agreements.some(({ regime }) => regime === word) ||
    [...readings, ...presets].some(({ id }) => id === word)
  );
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function readFolder(folder: string): PolicySources {
  if (existsSync(join(folder, "vocabulary.yaml"))) return readPolicy(folder);
  throw new UsageError(
    `${folder} is no configuration folder: it has no vocabulary.yaml; give one like the shipped \`config\``,
  );
}

type AgreementPart = { readonly kind: "agreement"; readonly name: string; readonly agreement: Agreement };
type ReadingPart = { readonly kind: "reading"; readonly name: string; readonly reading: Reading };
type SharesPart = { readonly kind: "shares"; readonly preset: SharePreset };
type Part = AgreementPart | ReadingPart | SharesPart;

/** A path may hold a colon, so one that exists is not divided. */
function partsOf(text: string): readonly string[] {
  const at = text.lastIndexOf(":");
  return at < 0 || existsSync(text) ? [text] : [...partsOf(text.slice(0, at)), text.slice(at + 1)];
}

function readPart(text: string, sources: PolicySources, defaults: SideDefaults): Part {
  const agreement = sources.agreements.find(({ regime }) => regime === text);
  if (agreement !== undefined) return { kind: "agreement", name: text, agreement };
  const reading = sources.readings.find(({ id }) => id === text);
  if (reading !== undefined) return { kind: "reading", name: text, reading };
  const preset = sources.presets.find(({ id }) => id === text);
  if (preset !== undefined) return { kind: "shares", preset };
  if (/\.ya?ml$/.test(text) || existsSync(text)) return readFilePart(text, sources, defaults);
  const known = [
    ...sources.agreements.map(({ regime }) => regime),
    ...[...sources.readings, ...sources.presets].map(({ id }) => id),
  ];
  throw new UsageError(
    `\`${text}\` is no file or folder, and neither a regime, a reading nor a share preset${didYouMean(text, known)}`,
  );
}

function readFilePart(file: string, sources: PolicySources, { configDir }: SideDefaults): Part {
  if (!existsSync(file)) throw new UsageError(`cannot read ${file}: there is no such file`);
  const text = configurationFile("", file).text();
  if (/^agreement:/m.test(text)) {
    return { kind: "agreement", name: file, agreement: parseAgreement(text, file, sources.vocabulary) };
  }
  if (/^reading:/m.test(text))
    return { kind: "reading", name: file, reading: readReading(text, file, { configDir, sources }) };
  throw new UsageError(
    `${file} has neither \`agreement:\` nor \`reading:\` at its top; give a file of one of the two, or the whole configuration folder`,
  );
}

/** The regimes that it names are those of the configuration, as in its own readings. */
function readReading(
  text: string,
  file: string,
  { configDir, sources }: { readonly configDir: string; readonly sources: PolicySources },
): Reading {
  const own = idOf(text, file);
  const shipped = filesIn(configDir, "readings").map((each) => ({ file: each.file, text: each.text() }));
  const others = shipped.filter((other) => idOf(other.text, other.file) !== own);
  const regimes = sources.agreements.map(({ regime }) => regime);
  const known = { regimes, callerAxes: null };
  const reading = parseReadings([...others, { text, file }], known).find(({ id }) => id === own);
  if (reading === undefined) throw new RangeError(`${file} was read and is not there`);
  return reading;
}

function idOf(text: string, file: string): string {
  return parseYaml(text, file, readingSchema).value.reading.id;
}

function usualAgreement(sources: PolicySources, date: string): AgreementPart {
  const agreement = agreementOn(sources, date);
  if (agreement === null) {
    throw new UsageError(`no regime is in force on ${date}; name one, or choose another --date`);
  }
  return { kind: "agreement", name: agreement.regime, agreement };
}

function usualReading({ readings }: PolicySources, id: string): ReadingPart {
  const reading = readings.find((each) => each.id === id);
  if (reading !== undefined) return { kind: "reading", name: id, reading };
  const known = readings.map((each) => each.id);
  throw new UsageError(`unknown reading \`${id}\`${didYouMean(id, known)}`);
}

function usualShares({ presets }: PolicySources, id: string | null): SharePreset | null {
  if (id === null) return null;
  const preset = presets.find((each) => each.id === id);
  if (preset !== undefined) return preset;
  const known = presets.map((each) => each.id);
  throw new UsageError(`unknown share preset \`${id}\`${didYouMean(id, known) || "; there are none"}`);
}
