/** The price book: what a token cost at which date, with the sources kept in the file. */

import { ConfigError, parseYaml, pathText } from "../config/parse-yaml.ts";
import type { ConfigProblem } from "../config/parse-yaml.ts";
import type { PicoUsd } from "../domain/units.ts";
import { compileRates, readPrice, type CompiledRates, type ReportProblem } from "./rates.ts";
import { priceBookSchema, type PriceRow, type TrainingRow } from "./schema.ts";
import { closeVersions, type Dated } from "./validity.ts";

interface Version extends Dated {
  /** `<model>@<effective from or "undated">`; training prices: `<model>/training@…`. */
  readonly id: string;
  /** True where no source gives the start, or the price itself is our assumption. */
  readonly assumed: boolean;
}

export interface PriceVersion extends Version {
  readonly rates: CompiledRates;
}

interface TrainingVersion extends Version {
  /** Per trained token. */
  readonly price: PicoUsd;
}

/** By price key, versions in order of start, none overlapping. */
export interface PriceBook {
  readonly models: ReadonlyMap<string, readonly PriceVersion[]>;
  readonly training: ReadonlyMap<string, readonly TrainingVersion[]>;
}

/**
 * Parses a price book. Throws ConfigError with every problem's position: a shape that is not known, a price that is not
 * whole in picodollars per token (also after a multiplier), overlapping versions, an assumed price without its reason.
 */
export function parsePriceBook(text: string, file: string): PriceBook {
  const { value, locate } = parseYaml(text, file, priceBookSchema);
  const problems: ConfigProblem[] = [];
  const reportAt =
    (section: "prices" | "training", index: number): ReportProblem =>
    (below, message) => {
      const path = [section, index, ...below];
      problems.push({ file, ...locate(path), path: pathText(path), message });
    };

  const models = compileSection(value.prices, compilePrice, (index) => reportAt("prices", index));
  const training = compileSection(value.training, compileTraining, (index) => reportAt("training", index));
  if (problems.length > 0) throw new ConfigError(problems);
  return { models, training };
}

type ReporterOf = (index: number) => ReportProblem;

function compileSection<R extends PriceRow | TrainingRow, V extends Version>(
  rows: readonly R[],
  compile: (row: R, report: ReportProblem) => V | null,
  reporterOf: ReporterOf,
): ReadonlyMap<string, readonly V[]> {
  const byModel = Map.groupBy(rows.keys(), (index) => rows[index]?.model ?? "");
  const compiled = new Map<string, readonly V[]>();
  for (const [model, indexes] of byModel) {
    const versions: V[] = [];
    for (const index of indexes) {
      const row = rows[index];
      const version = row ? compile(row, reporterOf(index)) : null;
      if (version) versions.push(version);
    }
    const { closed, clashes } = closeVersions(versions);
    if (versions.length === indexes.length) {
      for (const { index, field, message } of clashes) reporterOf(indexes[index] ?? 0)([field], message);
    }
    compiled.set(model, closed);
  }
  return compiled;
}

function compilePrice(row: PriceRow, report: ReportProblem): PriceVersion | null {
  checkBasis(row, report);
  const rates = compileRates(row, report);
  return rates && { ...versionOf(row, row.model), rates };
}

function compileTraining(row: TrainingRow, report: ReportProblem): TrainingVersion | null {
  checkBasis(row, report);
  const price = readPrice(row.perMtok, ["perMtok"], report);
  return price === null ? null : { ...versionOf(row, `${row.model}/training`), price };
}

function versionOf({ from, to, basis }: PriceRow | TrainingRow, name: string): Version {
  return { id: `${name}@${from ?? "undated"}`, from, to, assumed: from === null || basis === "assumed" };
}

function checkBasis(row: PriceRow | TrainingRow, report: ReportProblem): void {
  if (row.basis === "assumed" && row.reason === undefined) {
    report(["basis"], "an assumed price needs a `reason`");
  }
  if (row.basis === "published" && row.sources.length === 0) {
    report(
      [],
      "a published price needs its `sources`; mark it `basis: assumed` with a `reason` if there is none",
    );
  }
}
