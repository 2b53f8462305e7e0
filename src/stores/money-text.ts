/** The terms that the money of a context follows, as text columns. */

import type { CallMoney } from "../domain/ledger.ts";
import type { HostingTerms, ShareCap, ShareLeg } from "../domain/money.ts";
import { ppm } from "../domain/units.ts";
import { legsOfSplit, splitText } from "../ledger/split-text.ts";

export interface MoneyText {
  readonly split: string | null;
  /** JSON; null where there are none. */
  readonly caps: string | null;
  /** `payer>payee=ppm`; null where nobody is paid for hosting. */
  readonly hosting: string | null;
}

const NO_MONEY: MoneyText = { split: null, caps: null, hosting: null };

/** Makes a writer that remembers the texts of legs and caps: the calls of a cell share them. */
export function createMoneyText(): (money: CallMoney | null) => MoneyText {
  const splits = new WeakMap<readonly ShareLeg[], string>();
  const capTexts = new WeakMap<readonly ShareCap[], string | null>();
  return (money) => {
    if (money === null) return NO_MONEY;
    const { legs, caps, hosting } = money;
    return {
      split: memoised(splits, legs, splitText),
      caps: memoised(capTexts, caps, capsText),
      hosting: hosting && `${hosting.payer}>${hosting.payee}=${hosting.feePpm}`,
    };
  };
}

/** The terms as they were encoded, legs in the order of their text; null where no money moves, or where none were kept. */
export function readMoney({ split, caps, hosting }: MoneyText): CallMoney | null {
  if (split === null) return null;
  return {
    legs: legsOfSplit(split),
    caps: readCaps(caps),
    hosting: hosting === null ? null : readHosting(hosting),
  };
}

/** Returns the caps of their JSON text, none for null. Throws SyntaxError for what is no JSON. */
export function readCaps(text: string | null): readonly ShareCap[] {
  if (text === null) return [];
  const caps = JSON.parse(text) as readonly (readonly [string, ShareCap["scope"], string])[];
  return caps.map(([clause, scope, limitPicoUsd]) => ({ clause, scope, limitPicoUsd }));
}

/** Returns the terms of `payer>payee=ppm`. Throws Error for any other text. */
export function readHosting(text: string): HostingTerms {
  const match = /^([^>]+)>([^=]+)=(\d+)$/.exec(text);
  if (!match) throw new Error(`\`${text}\` says nothing about hosting`);
  const [, payer = "", payee = "", fee] = match;
  return { payer, payee, feePpm: ppm(Number(fee)) };
}

function capsText(caps: readonly ShareCap[]): string | null {
  if (caps.length === 0) return null;
  return JSON.stringify(caps.map(({ clause, scope, limitPicoUsd }) => [clause, scope, limitPicoUsd]));
}

function memoised<K extends object, V>(known: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(key);
  known.set(key, made);
  return made;
}
