/** What every decision needs to know: compiled once and frozen. */

import type { Deployment } from "../domain/call.ts";
import type { Model, Placement, Provider } from "../domain/catalogue.ts";
import type { Policy } from "../policy/policy.ts";
import type { PriceBook } from "../pricing/price-book.ts";

export interface World extends Policy {
  readonly models: ReadonlyMap<string, Model>;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly deployments: readonly Deployment[];
  readonly placement: Placement;
  readonly prices: PriceBook;
  /** The simulated date, `YYYY-MM-DD`; selects prices and dated facts. */
  readonly contractDate: string;
  /** Facts that hold for the whole world at the contract date, such as `agi: not-verified`. */
  readonly worldFacts: Readonly<Record<string, string>>;
}
