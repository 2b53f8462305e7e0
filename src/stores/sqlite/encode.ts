/** Settled calls as narrow rows. What many calls share (context, accounts) is sent once and named by a slot number. */

import type { SettledCall } from "../../domain/ledger.ts";
import type { OpenedCall } from "../../ledger/booked-call.ts";
import { contextWords } from "../context-words.ts";
import { createMoneyText } from "../money-text.ts";

/** A value that is bound to a statement. */
export type Cell = string | number | bigint | null;

/** A call as the worker binds it: see the names below for the order. */
export interface EncodedCall {
  /** request_id, phase, recorded_at_ms. */
  readonly id: readonly [requestId: string, phase: 0 | 1, recordedAtMs: number];
  readonly contextSlot: number;
  /** In the order of CALL_CELLS: six token counts and the charge, tier asked for and attempts, then pending job and state changes as JSON text or null. */
  readonly cells: readonly Cell[];
  /** unit, quantity, unit price, amount; for each priced line. */
  readonly lines: readonly (string | number | bigint)[];
  /** account slot, amount; for each posting, as the terms give them. */
  readonly postings: readonly (number | bigint)[];
}

/** The first use of a slot number; it replaces what the number meant before. */
export type SlotDefinition = readonly [slot: number, key: string];

/** Calls to commit together, with the slots they use for the first time. */
export interface Group {
  readonly contexts: readonly SlotDefinition[];
  readonly accounts: readonly SlotDefinition[];
  readonly calls: readonly EncodedCall[];
  /** Calls taken and not settled in this group. */
  readonly notes: readonly OpenedCall[];
}

/**
 * Makes an encoder of groups, to be sent in the order in which they were encoded. Its memory is bounded: past 4,096 slots
 * it forgets them after the group and numbers anew, by new definitions.
 */
export function createEncoder(): (calls: readonly SettledCall[], notes: readonly OpenedCall[]) => Group {
  const contexts = createSlots();
  const accounts = createSlots();
  const moneyText = createMoneyText();
  return (group, notes) => {
    const calls = group.map((call): EncodedCall => ({
      id: [call.requestId, call.phase === "answer" ? 0 : 1, call.recordedAtMs],
      contextSlot: contexts.slotOf(JSON.stringify(contextWords(call, moneyText(call.money), Number))),
      cells: cellsOf(call),
      lines: linesOf(call),
      postings: postingsOf(call, accounts),
    }));
    return {
      calls,
      notes: withoutSettled(notes, group),
      contexts: contexts.takeFresh(),
      accounts: accounts.takeFresh(),
    };
  };
}

/** A call that is settled beside its note needs none. */
function withoutSettled(notes: readonly OpenedCall[], group: readonly SettledCall[]): readonly OpenedCall[] {
  if (notes.length === 0) return notes;
  const answers = group.filter(({ phase }) => phase === "answer");
  const settled = new Set(answers.map(({ requestId }) => requestId));
  return notes.filter(({ requestId }) => !settled.has(requestId));
}

function cellsOf({ usage, charge, attempts, pendingJob, stateChanges }: SettledCall): readonly Cell[] {
  return [
    usage.inputTokens,
    usage.cachedInputTokens,
    usage.cacheWriteTokens,
    usage.outputTokens,
    usage.reasoningTokens,
    usage.trainedTokens,
    charge.kind === "rated" ? narrow(charge.totalPicoUsd) : null,
    usage.requestedTier,
    attempts,
    pendingJob === null ? null : JSON.stringify(pendingJob),
    stateChanges.length === 0 ? null : JSON.stringify(stateChanges),
  ];
}

function linesOf({ charge }: SettledCall): readonly (string | number | bigint)[] {
  if (charge.kind !== "rated") return [];
  const cells: (string | number | bigint)[] = [];
  for (const { unit, quantity, unitPricePicoUsd, amountPicoUsd } of charge.lines) {
    cells.push(unit, narrow(quantity), narrow(unitPricePicoUsd), narrow(amountPicoUsd));
  }
  return cells;
}

function postingsOf({ transactions }: SettledCall, accounts: Slots): readonly (number | bigint)[] {
  const cells: (number | bigint)[] = [];
  for (const { postings } of transactions) {
    for (const { account, party, clause, amount } of postings) {
      cells.push(accounts.slotOf(JSON.stringify([account, party, clause])), narrow(amount));
    }
  }
  return cells;
}

/** Integers that a double holds exactly travel as numbers, which costs less than a bigint; the column is an integer either way. */
function narrow(amount: bigint): number | bigint {
  return amount >= Number.MIN_SAFE_INTEGER && amount <= Number.MAX_SAFE_INTEGER ? Number(amount) : amount;
}

interface Slots {
  slotOf(key: string): number;
  /** Ends a group: the slots that it used first. */
  takeFresh(): readonly SlotDefinition[];
}

const MAX_SLOTS = 4_096;

function createSlots(): Slots {
  const slots = new Map<string, number>();
  let fresh: SlotDefinition[] = [];
  return {
    slotOf: (key) => {
      const known = slots.get(key);
      if (known !== undefined) return known;
      const slot = slots.size;
      slots.set(key, slot);
      fresh.push([slot, key]);
      return slot;
    },
    takeFresh: () => {
      const taken = fresh;
      fresh = [];
      // Only between groups: within one, a number must mean one thing.
      if (slots.size >= MAX_SLOTS) slots.clear();
      return taken;
    },
  };
}
