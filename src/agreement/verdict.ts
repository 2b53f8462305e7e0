/** What a decision says. */

import type { ClauseId, PartyId, ProviderId } from "../domain/call.ts";
import type { MoneyTerms } from "../domain/money.ts";
import type { Ppm } from "../domain/units.ts";

export type Verdict =
  | {
      readonly kind: "allowed";
      /** In alphabetical order, at least one: any of them may serve the call. */
      readonly providers: readonly ProviderId[];
      /** The deciding clauses first, then what they rest on; at least one. */
      readonly clauses: readonly ClauseId[];
      /** The clauses that split the revenue, then those that take a commission out of it; at least one. */
      readonly moneyClauses: readonly ClauseId[];
      /** By party, before any dated change or cap: sums to 1,000,000; a party that is absent gets nothing. */
      readonly sharePpm: Readonly<Record<PartyId, Ppm>>;
      /** All of it: who earns from when on and up to where, by clause. One frozen object for each ruling. */
      readonly money: MoneyTerms;
      readonly cell: number;
    }
  | {
      readonly kind: "denied";
      readonly reason: "gap" | "conflict" | "infeasible" | "unclassifiable";
      /** The clauses in conflict, or the impossibility; empty where none speaks. */
      readonly clauses: readonly ClauseId[];
      /** The axis whose value is unknown, where that is the reason. */
      readonly axis: string | null;
      readonly message: string;
      readonly remedy: string | null;
      readonly cell: number;
    };

type WithoutCell<T> = T extends unknown ? Omit<T, "cell"> : never;

/** A verdict before it has a cell; the table keeps each distinct one once. */
export type Ruling = WithoutCell<Verdict>;
