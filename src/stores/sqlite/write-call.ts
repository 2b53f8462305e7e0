/** Writes one call with all that belongs to it, inside the open transaction of its group. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { PartyId } from "../../domain/call.ts";
import type { ShareCap } from "../../domain/money.ts";
import type { StateChange } from "../../domain/state.ts";
import { openPeriod } from "../../ledger/book-call.ts";
import { applyCaps } from "../../ledger/caps.ts";
import type { Period } from "../../ledger/period.ts";
import { createCapBook, type CapBook } from "./cap-book.ts";
import type { Cell, EncodedCall, Group } from "./encode.ts";
import { CALL_STATUS } from "./messages.ts";
import { CONTEXT_COLUMNS } from "../context-words.ts";
import { readCaps } from "../money-text.ts";
import { monthNumber } from "./months.ts";
import { createNotes } from "./notes.ts";
import { accountKey, groupPostings, type AccountKey } from "./postings.ts";
import { prepareWithNumbers } from "./prepare.ts";
import { createRunningSums } from "./running-sums.ts";
import { createSameCall } from "./same-call.ts";
import { CALL_CELLS } from "./schema.ts";
import { createSlotIds, type SlotIds } from "./slot-ids.ts";

export interface CallWriter {
  define(group: Group): void;
  /** Inserts the call; returns its CALL_STATUS. */
  readonly call: (call: EncodedCall) => number;
  notes(notes: Group["notes"]): void;
  /** Writes what was gathered over the calls of the transaction; its last step before the commit. */
  flush(): void;
  /** The transaction was committed, so what was found and counted in it stays. */
  keep(): void;
  /** It was not. */
  forget(): void;
}

/** What the writer needs of the context of each call. */
interface CallContext {
  readonly effectiveAt: string;
  readonly seller: PartyId;
  readonly partner: string;
  readonly caps: readonly ShareCap[];
  readonly unpriced: boolean;
}

/** `lastClosed` tells the latest closed month. */
export function createCallWriter(database: DatabaseSync, lastClosed: () => Period | null): CallWriter {
  const contexts = createSlotIds(database, "context", CONTEXT_COLUMNS, readContext);
  const accounts = createSlotIds(database, "account", ["path", "party", "clause"], readAccount);
  const sums = createRunningSums(database);
  const caps = createCapBook(database);
  const notes = createNotes(database);
  const isSame = createSameCall(database);
  const marks = Array.from({ length: 8 + CALL_CELLS.length }, () => "?").join(", ");
  const insertCall = prepareWithNumbers(
    database,
    `INSERT INTO call VALUES (NULL, ${marks}) ON CONFLICT (request_id, phase) DO NOTHING`,
  );
  const insertLines = createRowsInsert(database, "rated_line", 5);
  const insertPostings = createRowsInsert(database, "posting", 4);
  const changeState = createStateWriter(database);

  const write = (call: EncodedCall): number => {
    const [requestId, phase, recordedAtMs] = call.id;
    const { id: contextId, value: context } = contexts.rowOf(call.contextSlot);
    if (phase === 0) notes.settle(requestId);
    const period = openPeriod(context.effectiveAt, lastClosed());
    const money =
      context.caps.length === 0
        ? plainMoney(call, accounts)
        : cappedMoney(call, context, { period, caps, accounts });
    const month = monthNumber(period);
    const { changes, lastInsertRowid: seq } = insertCall.run(
      requestId,
      phase,
      recordedAtMs,
      contextId,
      month,
      money.cut ? 1 : 0,
      money.capBefore,
      context.unpriced ? 1 : 0,
      ...call.cells,
    );
    if (changes === 0)
      return isSame(call, contexts.keyOf(call.contextSlot)) ? CALL_STATUS.same : CALL_STATUS.conflict;
    money.keepCaps?.(month);
    insertLines(lineCells(seq, call));
    const addPosting = sums.add({
      period: month,
      contextId,
      cut: money.cut,
      isAnswer: phase === 0,
      cells: call.cells,
    });
    const postingCells: Cell[] = [];
    money.postings.forEach(({ accountId, amount }, line) => {
      addPosting(accountId, amount);
      postingCells.push(seq, line, accountId, amount);
    });
    insertPostings(postingCells);
    const stateChanges = call.cells.at(-1);
    if (typeof stateChanges === "string") changeState(JSON.parse(stateChanges) as readonly StateChange[]);
    return CALL_STATUS.written;
  };

  return {
    define: (group) => {
      contexts.define(group.contexts);
      accounts.define(group.accounts);
    },
    call: write,
    notes: (given) => notes.write(given),
    flush: () => {
      sums.flush();
      caps.flush();
    },
    keep: () => {
      for (const part of [contexts, accounts]) part.keepIds();
      caps.keep();
      notes.keep();
    },
    forget: () => {
      for (const part of [contexts, accounts]) part.forgetIds();
      sums.clear();
      caps.forget();
      notes.forget();
    },
  };
}

function readContext(cells: readonly Cell[]): CallContext {
  const cell = (name: (typeof CONTEXT_COLUMNS)[number]): Cell => cells[CONTEXT_COLUMNS.indexOf(name)] ?? null;
  const caps = cell("caps");
  return {
    effectiveAt: String(cell("effective_at")),
    seller: String(cell("seller")),
    partner: String(cell("partner")),
    caps: readCaps(typeof caps === "string" ? caps : null),
    unpriced: cell("charge_kind") === "unpriced",
  };
}

function readAccount([account, party, clause]: readonly Cell[]): AccountKey {
  return { account: String(account), party: String(party), clause: String(clause) };
}

interface CallPostings {
  readonly postings: readonly { readonly accountId: number; readonly amount: number | bigint }[];
  readonly cut: boolean;
  /** See the schema. */
  readonly capBefore: string | null;
  /** Counts what caps let through, once the call is written. */
  readonly keepCaps: ((month: number) => void) | null;
}

function plainMoney({ postings }: EncodedCall, accounts: SlotIds<AccountKey>): CallPostings {
  const rows: { accountId: number; amount: number | bigint }[] = [];
  for (let at = 0; at < postings.length; at += 2) {
    rows.push({ accountId: accounts.rowOf(Number(postings[at])).id, amount: postings[at + 1] ?? 0 });
  }
  return { postings: rows, cut: false, capBefore: null, keepCaps: null };
}

function cappedMoney(
  call: EncodedCall,
  { seller, partner, caps: limits }: CallContext,
  {
    period,
    caps,
    accounts,
  }: { readonly period: Period; readonly caps: CapBook; readonly accounts: SlotIds<AccountKey> },
): CallPostings {
  const given = [];
  for (let at = 0; at < call.postings.length; at += 2) {
    const { value } = accounts.rowOf(Number(call.postings[at]));
    given.push({ ...value, amount: BigInt(call.postings[at + 1] ?? 0) });
  }
  const transactions = groupPostings(given);
  const {
    cut,
    uses,
    transactions: kept,
  } = applyCaps({ seller, partner, transactions, caps: limits }, period, caps.granted);
  if (uses.length === 0) return plainMoney(call, accounts);
  const written = cut
    ? kept
        .flatMap(({ postings }) => postings)
        .map((posting) => ({
          accountId: accounts.idOfKey(accountKey(posting)),
          amount: posting.amount,
        }))
    : plainMoney(call, accounts).postings;
  return {
    postings: written,
    cut,
    capBefore: uses.map(({ beforePicoUsd }) => beforePicoUsd).join(" "),
    keepCaps: (month) => caps.add(month, uses),
  };
}

function lineCells(seq: number | bigint, { lines }: EncodedCall): readonly Cell[] {
  const cells: Cell[] = [];
  for (let at = 0; at < lines.length; at += 4) cells.push(seq, ...lines.slice(at, at + 4));
  return cells;
}

/** Inserts the rows of one call by one statement, which costs less than one each; there are few different counts. */
function createRowsInsert(
  database: DatabaseSync,
  table: string,
  width: number,
): (cells: readonly Cell[]) => void {
  const row = `(${Array.from({ length: width }, () => "?").join(", ")})`;
  const byCount = new Map<number, StatementSync>();
  return (cells) => {
    const count = cells.length / width;
    if (count === 0) return;
    let insert = byCount.get(count);
    if (!insert) {
      insert = prepareWithNumbers(
        database,
        `INSERT INTO ${table} VALUES ${Array.from({ length: count }, () => row).join(", ")}`,
      );
      byCount.set(count, insert);
    }
    insert.run(...cells);
  };
}

function createStateWriter(database: DatabaseSync): (changes: readonly StateChange[]) => void {
  const register = prepareWithNumbers(
    database,
    "INSERT INTO state VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind, provider = excluded.provider, region = excluded.region, expires_at_ms = excluded.expires_at_ms",
  );
  const move = prepareWithNumbers(
    database,
    "UPDATE state SET provider = ?, region = ? WHERE partner = ? AND id = ?",
  );
  const drop = prepareWithNumbers(database, "DELETE FROM state WHERE partner = ? AND id = ?");
  return (changes) => {
    for (const change of changes) {
      if (change.kind === "register") {
        const { partner, id, kind, provider, region, expiresAtMs } = change.entry;
        register.run(partner, id, kind, provider, region, expiresAtMs);
      } else if (change.kind === "move") {
        move.run(change.provider, change.region, change.partner, change.id);
      } else {
        drop.run(change.partner, change.id);
      }
    }
  };
}
