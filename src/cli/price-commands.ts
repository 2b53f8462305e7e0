/** The options of `clauseway price`; each verb's code is loaded when it runs. */

import type { Command } from "commander";
import type { PriceDiffFlags } from "./price-diff.ts";
import type { PriceLintFlags } from "./price-lint.ts";
import type { PriceShowFlags } from "./price-show.ts";

/** Adds `price show|lint|diff` to the program; `finish` takes the exit code. */
export function definePrice(program: Command, finish: (exitCode: number) => void): void {
  const price = program
    .command("price")
    .description("the price book: what holds when, and whether it can be right");
  price
    .command("show")
    .description("every price with its condition, validity and sources")
    .argument("[model]", "key in the price book, such as gpt-5.4 (default: all)")
    .option("--at <YYYY-MM-DD>", "only what holds on this day (default: all versions)")
    .option("--as-of <YYYY-MM-DD>", "as it was known at the end of this day (default: all that is recorded)")
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option("--json", "print as JSON")
    .action(async (model: string | undefined, flags: PriceShowFlags) =>
      (await import("./price-show.ts")).priceShow(model ?? null, flags),
    );
  price
    .command("lint")
    .description("what in a price book cannot be right, or is to be read again; exit 3 when there are errors")
    .argument("[file]", "a price book (default: that of the configuration)")
    .option("--at <YYYY-MM-DD>", "reviews due before this day are overdue (default: today)")
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option("--json", "print as JSON")
    .action(async (file: string | undefined, flags: PriceLintFlags) =>
      finish((await import("./price-lint.ts")).priceLint(file ?? null, flags)),
    );
  price
    .command("diff")
    .description("which prices differ between two price books, or between two days of one")
    .argument("<before>", "a price book, or a day (YYYY-MM-DD) of the configuration's")
    .argument("<after>", "likewise")
    .option("--at <YYYY-MM-DD>", "compare only what the books hold on this day (default: all versions)")
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option("--json", "print as JSON")
    .action(async (before: string, after: string, flags: PriceDiffFlags) =>
      (await import("./price-diff.ts")).priceDiff(before, after, flags),
    );
}
