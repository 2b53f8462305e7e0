/** The price book: what a token cost at which date, with the sources kept in the file. */

import { ConfigError, parseYaml, pathText } from "../config/parse-yaml.ts";
import type { ConfigProblem } from "../config/parse-yaml.ts";
import type { PicoUsd } from "../domain/units.ts";
import { historyOf, type PriceHistory } from "./price-history.ts";
import { compileRates, readPrice, type CompiledRates, type ReportProblem } from "./rates.ts";
import { priceBookSchema, type PriceRow, type TrainingRow } from "./schema.ts";
import type { Dated } from "./validity.ts";

interface Version extends Dated {
  /** `<model>@<effective from or "undated">`, of one that corrects another `…/<recorded at>`; training prices: `<model>/training@…`. */
  readonly id: string;
  /** True where no source gives the start, or the price itself is our assumption. */
  readonly assumed: boolean;
  /** The day we learned it, `YYYY-MM-DD`. */
  readonly recordedAt: string;
  /** The day by which its sources are to be read again; null: never. */
  readonly reviewBy: string | null;
  readonly supersedes: string | null;
  readonly sources: readonly string[];
  /** What there is to say about it: its note, or why it is assumed. */
  readonly remarks: readonly string[];
}

export interface PriceVersion extends Version {
  /** The last day that a source promises a temporary price for; null: it is not called temporary. */
  readonly promisedThrough: string | null;
  readonly rates: CompiledRates;
}

export interface TrainingVersion extends Version {
  /** Per trained token. */
  readonly price: PicoUsd;
}

/** By price key. */
export interface PriceBook {
  readonly models: ReadonlyMap<string, PriceHistory<PriceVersion>>;
  readonly training: ReadonlyMap<string, PriceHistory<TrainingVersion>>;
}

/**
 * Parses a price book. Throws ConfigError with every problem's position: a shape that is not known, a price that is not
 * whole in picodollars per token (also after a multiplier), overlapping versions, a correction of nothing, an assumed price
 * without its reason.
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
): ReadonlyMap<string, PriceHistory<V>> {
  const byModel = Map.groupBy(rows.keys(), (index) => rows[index]?.model ?? "");
  const compiled = new Map<string, PriceHistory<V>>();
  for (const [model, indexes] of byModel) {
    const versions: V[] = [];
    for (const index of indexes) {
      const row = rows[index];
      const version = row ? compile(row, reporterOf(index)) : null;
      if (version) versions.push(version);
    }
    const { history, clashes } = historyOf(versions);
    if (versions.length === indexes.length) {
      for (const { index, field, message } of clashes) reporterOf(indexes[index] ?? 0)([field], message);
    }
    compiled.set(model, history);
  }
  return compiled;
}

function compilePrice(row: PriceRow, report: ReportProblem): PriceVersion | null {
  checkBasis(row, report);
  const rates = compileRates(row, report);
  return rates && { ...versionOf(row, row.model), promisedThrough: row.promotion?.through ?? null, rates };
}

function compileTraining(row: TrainingRow, report: ReportProblem): TrainingVersion | null {
  checkBasis(row, report);
  const price = readPrice(row.perMtok, ["perMtok"], report);
  return price === null ? null : { ...versionOf(row, `${row.model}/training`), price };
}

function versionOf(row: PriceRow | TrainingRow, name: string): Version {
  const { from, to, basis, recordedAt, reviewBy, supersedes, sources, note, reason } = row;
  return {
    id: versionId(row, name),
    from,
    to,
    assumed: from === null || basis === "assumed",
    recordedAt,
    reviewBy,
    supersedes,
    sources,
    remarks: [note, reason].filter((text) => text !== undefined),
  };
}

/** By which a row is known to those that correct it. `name` is its model, of a training price `<model>/training`. */
export function versionId(
  { from, recordedAt, supersedes }: Pick<PriceRow, "from" | "recordedAt" | "supersedes">,
  name: string,
): string {
  const id = `${name}@${from ?? "undated"}`;
  return supersedes === null ? id : `${id}/${recordedAt}`;
}

function checkBasis(row: PriceRow | TrainingRow, report: ReportProblem): void {
  if (row.reviewBy !== null && row.reviewBy <= row.recordedAt) {
    report(["reviewBy"], `the review must come after the recording on ${row.recordedAt}`);
  }
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
