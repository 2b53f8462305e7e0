/** What the main thread and the ledger's worker thread say to each other. Messages arrive in order, both ways. */

import type { PartnerId } from "../../domain/call.ts";
import type { StateEntry } from "../../domain/state.ts";
import type { PeriodClosing } from "../../ledger/period-book.ts";
import type { Period } from "../../ledger/period.ts";
import type { LedgerSummary } from "../../ledger/summary.ts";
import type { LedgerErrorCode } from "../ledger-error.ts";
import type { PendingJobRow } from "../store.ts";
import type { Group } from "./encode.ts";

export type Query =
  | { readonly name: "state"; readonly partner: PartnerId; readonly id: string }
  | { readonly name: "pending" }
  | { readonly name: "summary" };

export interface Answers {
  readonly state: StateEntry | null;
  readonly pending: readonly PendingJobRow[];
  readonly summary: LedgerSummary;
}

export type ToWorker =
  | { readonly kind: "group"; readonly group: Group }
  | { readonly kind: "close-period"; readonly period: Period; readonly closedAtMs: number }
  | { readonly kind: "query"; readonly id: number; readonly query: Query }
  | { readonly kind: "close" };

/** What became of one call of a group. */
export const CALL_STATUS = { written: 0, same: 1, conflict: 2, failed: 3 } as const;

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "refused"; readonly code: LedgerErrorCode; readonly message: string }
  | {
      readonly kind: "committed";
      /** A CALL_STATUS for each call of the group in order; null: all were written. */
      readonly statuses: readonly number[] | null;
      /** Of the first call that failed. */
      readonly failure: string | null;
      readonly commitMs: number;
    }
  | { readonly kind: "period-closed"; readonly closing: PeriodClosing }
  /** Nothing was written; `code` is that of a LedgerError or of a LedgerInvariantError. */
  | {
      readonly kind: "period-refused";
      readonly code: LedgerErrorCode | "LEDGER_INVARIANT";
      readonly message: string;
    }
  /** The store can no longer promise durability: nothing of the current group counts as written. */
  | {
      readonly kind: "broken";
      readonly message: string;
      /** Whether the file itself is: then no later attempt finds it whole. */
      readonly isDamaged: boolean;
    }
  | { readonly kind: "answer"; readonly id: number; readonly value: Answers[keyof Answers] }
  | { readonly kind: "query-failed"; readonly id: number; readonly message: string };
