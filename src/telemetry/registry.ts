/**
 * The one file that knows prom-client. The hot path adds to plain cells, resolved once per set of labels; the library
 * reads them when it renders. (Its own `inc` and `observe` hash the labels each time, about 1 us apiece.)
 */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Metric } from "prom-client";
import { catalogueRows, METRIC_PREFIX } from "./catalogue.ts";
import type { LabelsOf, MetricName, MetricType, NameOf } from "./catalogue.ts";

/** One series of a counter or gauge. */
export interface NumberCell {
  value: number;
}

/** One series of a counter of money, exact. */
export interface MoneyCell {
  picoUsd: bigint;
}

/** One series of a histogram. */
export interface HistogramCell {
  observe(value: number): void;
}

export interface MetricsRegistry {
  /** The series with these labels, at 0 when new. The same labels give the same cell. */
  numberCell<N extends NameOf<"counter" | "gauge">>(name: N, labels: LabelsOf<N>): NumberCell;
  /** The series with these labels, kept in picodollars and shown in dollars. */
  moneyCell<N extends NameOf<"counter">>(name: N, labels: LabelsOf<N>): MoneyCell;
  histogramCell<N extends NameOf<"histogram">>(name: N, labels: LabelsOf<N>): HistogramCell;
  /** Takes every series of a gauge off the page. Cells that someone still holds are no longer shown. */
  dropSeries(name: NameOf<"gauge">): void;
  /** The metrics page, in the text format of `contentType`. */
  renderText(): Promise<string>;
  readonly contentType: string;
}

/** Makes a registry that holds the whole catalogue; with `runtimeMetrics` also Node's own (`process_*`, `nodejs_*`). */
export function createRegistry(options: { readonly runtimeMetrics: boolean }): MetricsRegistry {
  const registry = new Registry();
  const families = new Map<MetricName, Family>();
  for (const [name, spec] of catalogueRows()) {
    const family: Family = {
      type: spec.type,
      labels: spec.labels,
      buckets: spec.buckets ?? [],
      series: new Map(),
    };
    families.set(name, family);
    registry.registerMetric(metricOf(METRIC_PREFIX + name, spec.help, family));
  }
  if (options.runtimeMetrics) addRuntimeMetrics(registry);

  const find = (name: MetricName): Family => {
    const family = families.get(name);
    if (family === undefined) throw new RangeError(`metric \`${name}\` is not in the catalogue`);
    return family;
  };
  return {
    numberCell: (name, labels) => seriesOf(find(name), labels, () => new NumberSeries(labels)),
    moneyCell: (name, labels) => seriesOf(find(name), labels, () => new MoneySeries(labels)),
    histogramCell: (name, labels) => {
      const family = find(name);
      return seriesOf(family, labels, () => new HistogramSeries(labels, family.buckets));
    },
    dropSeries: (name) => find(name).series.clear(),
    renderText: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** For counters and gauges: the value to show. For histograms: the sum. */
  read(): number;
}

interface Family {
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly buckets: readonly number[];
  readonly series: Map<string, Series>;
}

function seriesOf<S extends Series>(
  family: Family,
  labels: Readonly<Record<string, string>>,
  make: () => S,
): S {
  const key = family.labels.map((label) => labels[label]).join("\u0000");
  let series = family.series.get(key);
  if (series === undefined) {
    series = make();
    family.series.set(key, series);
  }
  return series as S;
}

class NumberSeries implements NumberCell, Series {
  value = 0;
  readonly labels: Readonly<Record<string, string>>;
  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels;
  }
  read(): number {
    return this.value;
  }
}

class MoneySeries implements MoneyCell, Series {
  picoUsd = 0n;
  readonly labels: Readonly<Record<string, string>>;
  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels;
  }
  /** Dollars as the nearest double or its neighbour: for display, the ledger keeps the truth. */
  read(): number {
    return Number(this.picoUsd) / 1e12;
  }
}

class HistogramSeries implements HistogramCell, Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly bounds: readonly number[];
  /** Observations per bucket, not cumulative; the last one is `+Inf`. */
  readonly counts: Float64Array;
  sum = 0;
  constructor(labels: Readonly<Record<string, string>>, bounds: readonly number[]) {
    this.labels = labels;
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }
  observe(value: number): void {
    // a bad number would poison the sum for good; a missing observation shows in the count
    if (!Number.isFinite(value)) return;
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] as number)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
  }
  read(): number {
    return this.sum;
  }
}

/** The library's metric for a family: it reads the cells at each collect. */
function metricOf(name: string, help: string, family: Family): Metric {
  const config = { name, help, labelNames: [...family.labels], registers: [] };
  switch (family.type) {
    case "counter":
      return new Counter({
        ...config,
        // a counter has no set(): emptied and filled at each collect, it shows the cells exactly
        collect() {
          this.reset();
          for (const series of family.series.values()) this.inc({ ...series.labels }, series.read());
        },
      });
    case "gauge":
      return new Gauge({
        ...config,
        collect() {
          this.reset();
          for (const series of family.series.values()) this.set({ ...series.labels }, series.read());
        },
      });
    case "histogram":
      return new CellHistogram({ ...config, buckets: [...family.buckets] }, family);
  }
}

/** A histogram that renders from our cells instead of the library's own store. */
class CellHistogram extends Histogram {
  readonly #family: Family;
  readonly #heading: { readonly name: string; readonly help: string; readonly type: "histogram" };

  constructor(config: ConstructorParameters<typeof Histogram<string>>[0], family: Family) {
    super(config);
    this.#family = family;
    this.#heading = { name: config.name, help: config.help, type: "histogram" };
  }

  /** Undeclared, but what both the library's `get` and its text page read. */
  async getForPromString(): Promise<CellHistogramData> {
    const values: HistogramLine[] = [];
    for (const series of this.#family.series.values()) {
      if (series instanceof HistogramSeries) values.push(...linesOf(this.#heading.name, series));
    }
    return { ...this.#heading, values };
  }
}

interface CellHistogramData {
  readonly name: string;
  readonly help: string;
  readonly type: "histogram";
  readonly values: readonly HistogramLine[];
}

interface HistogramLine {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly value: number;
}

function linesOf(name: string, series: HistogramSeries): readonly HistogramLine[] {
  const sharedLabels = series.labels;
  const lines: HistogramLine[] = [];
  let cumulative = 0;
  for (const [index, count] of series.counts.entries()) {
    cumulative += count;
    const le = series.bounds[index] ?? "+Inf";
    lines.push({ metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: cumulative });
  }
  lines.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: series.sum });
  lines.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: cumulative });
  return lines;
}

/** Node's own metrics, less three gauges whose names end in `_total`, which the format keeps for counters. */
function addRuntimeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const kind of ["handles", "requests", "resources"]) {
    registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  }
  let last = performance.eventLoopUtilization();
  const utilization = new Gauge({
    name: "nodejs_eventloop_utilization_ratio",
    help: "Share of the time since the last scrape that the event loop was busy.",
    registers: [],
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, last).utilization);
      last = now;
    },
  });
  registry.registerMetric(utilization);
}
