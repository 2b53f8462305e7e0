/** Notes of calls under way, on the worker's side: which are in the file is known, so only those are taken away. */

import type { DatabaseSync } from "node:sqlite";
import type { OpenedCall } from "../../ledger/booked-call.ts";
import { text } from "../columns.ts";
import { prepareWithNumbers } from "./prepare.ts";

export interface Notes {
  /** Writes notes of calls, inside the open transaction; one that is there stays as it is. */
  write(notes: readonly OpenedCall[]): void;
  /** Takes away the note of a call that is settled, if there is one; likewise. */
  settle(requestId: string): void;
  keep(): void;
  forget(): void;
}

/** Reads which notes are in the file. */
export function createNotes(database: DatabaseSync): Notes {
  const insert = prepareWithNumbers(
    database,
    "INSERT INTO opened VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const remove = prepareWithNumbers(database, "DELETE FROM opened WHERE request_id = ?");
  const inFile = new Set(
    database
      .prepare("SELECT request_id FROM opened")
      .all()
      .map((row) => text(row["request_id"])),
  );
  let added: string[] = [];
  let removed: string[] = [];
  return {
    write: (notes) => {
      for (const { requestId, openedAtMs, partner, operation, provider, digest } of notes) {
        if (inFile.has(requestId)) continue;
        insert.run(requestId, openedAtMs, partner, operation, provider, digest);
        inFile.add(requestId);
        added.push(requestId);
      }
    },
    settle: (requestId) => {
      if (!inFile.delete(requestId)) return;
      remove.run(requestId);
      removed.push(requestId);
    },
    keep: () => {
      added = [];
      removed = [];
    },
    forget: () => {
      for (const requestId of added) inFile.delete(requestId);
      for (const requestId of removed) inFile.add(requestId);
      added = [];
      removed = [];
    },
  };
}
