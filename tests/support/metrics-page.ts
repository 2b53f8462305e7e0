/** Reading the text format of a metrics page. */

/** Values by series (`name{labels}`) of a page; throws on a line that is neither a comment nor a sample. */
export function readSeries(page: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  for (const line of page.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const space = line.lastIndexOf(" ");
    const text = line.slice(space + 1);
    const value = Number(text.replace("Inf", "Infinity"));
    // prom-client writes not-a-number as `Nan`, which the format's parsers take
    if (space < 1 || (Number.isNaN(value) && text !== "Nan")) throw new Error(`not a sample: \`${line}\``);
    const name = line.slice(0, space);
    if (series.has(name)) throw new Error(`series \`${name}\` stands twice on the page`);
    series.set(name, value);
  }
  return series;
}

/** The sum of a metric over all series whose labels contain `filter`. */
export function sumOf(page: string, metric: string, filter = ""): number {
  let sum = 0;
  for (const [name, value] of readSeries(page)) {
    if ((name === metric || name.startsWith(`${metric}{`)) && name.includes(filter)) sum += value;
  }
  return sum;
}
