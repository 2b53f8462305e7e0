/** Settled calls as rows: what many calls share stands in a context, named by its words. */

import { hash } from "node:crypto";
import type { Posting, SettledCall } from "../../domain/ledger.ts";
import { canonicalJson } from "../../ledger/canonical-json.ts";
import { contextWords } from "../context-words.ts";
import { createMoneyText } from "../money-text.ts";

/** A call handed in, with what is needed to find out whether the ledger has it. */
export interface HandedIn {
  readonly call: SettledCall;
  /** 0: the answer, 1: the completion. */
  readonly phase: 0 | 1;
  /** The words of its context as one text. */
  readonly context: string;
  /**
   * Of all that it says but the time of recording, as 64 hex digits: two calls of one id must agree in it. Not of its
   * transactions: they follow from the rest, and a cap may cut them.
   */
  readonly inputSha256: string;
}

/** Makes an encoder, which remembers the texts that calls share. */
export function createEncoder(): (call: SettledCall) => HandedIn {
  const moneyText = createMoneyText();
  return (call) => {
    const context = JSON.stringify(contextWords(call, moneyText(call.money), (value) => value));
    return {
      call,
      phase: call.phase === "answer" ? 0 : 1,
      context,
      inputSha256: hash("sha256", `${context}\n${ownWords(call)}`, "hex"),
    };
  };
}

/** Names a call among those of a ledger. */
export function callKey(requestId: string, phase: number): string {
  return `${phase} ${requestId}`;
}

/** The words of an account as one text. */
export function accountKey({
  account,
  party,
  clause,
}: Pick<Posting, "account" | "party" | "clause">): string {
  return `${account}\n${party}\n${clause}`;
}

/** The three words of such a text. */
export function accountWords(key: string): readonly string[] {
  return key.split("\n");
}

/** What a call does not share. Lines of a call are unique by unit and have no order of their own. */
function ownWords({ attempts, usage, charge, stateChanges, pendingJob }: SettledCall): string {
  const lines =
    charge.kind === "rated"
      ? charge.lines
          .map(({ unit, quantity, unitPricePicoUsd }) => `${unit} ${quantity} ${unitPricePicoUsd}`)
          .sort()
      : [];
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, trainedTokens } =
    usage;
  const tokens = [
    inputTokens,
    cachedInputTokens,
    cacheWriteTokens,
    outputTokens,
    reasoningTokens,
    trainedTokens,
  ];
  return JSON.stringify([
    attempts,
    tokens,
    usage.requestedTier,
    lines,
    stateChanges.length === 0 ? null : canonicalJson(stateChanges),
    pendingJob && canonicalJson(pendingJob),
  ]);
}
