/** What `clauseway price diff` prints. */

import { formatPerMtok, ratioText } from "../../pricing/decimal.ts";
import type { PriceChange } from "../../pricing/diff-prices.ts";
import { columns, counted } from "./columns.ts";

interface PriceDiffReport {
  readonly before: string;
  readonly after: string;
  /** The day that two books were compared on; null: all versions, or two days. */
  readonly at: string | null;
  readonly changes: readonly PriceChange[];
}

/** A row for each price that differs, ending with a newline. */
export function formatPriceDiff({ before, after, at, changes }: PriceDiffReport): string {
  const head = `${before} -> ${after}${at === null ? "" : ` on ${at}`}: ${counted(changes.length, "price")} differ${changes.length === 1 ? "s" : ""}`;
  if (changes.length === 0) return `${head}\n`;
  const rows = changes.map((change) => [
    kindOf(change),
    `${change.model}${change.from === null ? "" : `@${change.from}`}`,
    change.condition,
    change.unit,
    priceText(change.before),
    priceText(change.after),
    ratioOf(change) ?? "",
  ]);
  const titles = ["", "price", "condition", "unit", "before", "after", "ratio"];
  return `${head}; US dollars per million tokens\n\n${columns([titles, ...rows], [4, 5])}\n`;
}

/** The changes as JSON, ending with a newline; prices are decimal text and ratios fractions, both exact. */
export function priceDiffAsJson({ changes, ...report }: PriceDiffReport): string {
  const rows = changes.map((change) => ({
    kind: kindOf(change),
    model: change.model,
    from: change.from,
    condition: change.condition,
    unit: change.unit,
    before: change.before === null ? null : formatPerMtok(change.before),
    after: change.after === null ? null : formatPerMtok(change.after),
    ratio: ratioOf(change),
  }));
  return `${JSON.stringify({ ...report, unit: "US dollars per million tokens", changes: rows }, null, 2)}\n`;
}

function kindOf({ before, after }: PriceChange): "added" | "removed" | "changed" {
  if (before === null) return "added";
  return after === null ? "removed" : "changed";
}

/** After over before in lowest terms; null where a side has no price, or the one before is 0. */
function ratioOf({ before, after }: PriceChange): string | null {
  if (before === null || after === null || before === 0n) return null;
  return ratioText(after, before);
}

function priceText(price: bigint | null): string {
  return price === null ? "-" : formatPerMtok(price);
}
