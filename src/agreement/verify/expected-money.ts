/** Whether the dated changes and the cap of a decision are those that an example expects. */

import type { MoneyTerms } from "../../domain/money.ts";
import { formatUsdExact, parseUsd } from "../../domain/units.ts";
import { partsOf } from "../money.ts";
import type { Example } from "../schema.ts";

type Expected = Pick<Example["expect"], "rates" | "cap">;

/** What there is instead, or null where it is as expected; what the example does not name may be anything. */
export function wordOtherMoney({ rates, cap }: Expected, money: MoneyTerms): string | null {
  const changes = rates === undefined ? null : wordOtherRates(rates, money);
  return changes ?? (cap === undefined ? null : wordOtherCap(cap, money));
}

function wordOtherRates(expected: NonNullable<Expected["rates"]>, { versions }: MoneyTerms): string | null {
  const changes = versions.slice(1).map(({ from, legs }) => ({ from, parts: partsOf(legs) }));
  const same =
    changes.length === expected.length &&
    changes.every(({ from, parts }, index) => {
      const { from: day, share_ppm: shares = {} } = expected[index] ?? {};
      const parties = [...Object.keys(parts), ...Object.keys(shares)];
      return from === day && parties.every((party) => (parts[party] ?? 0) === (shares[party] ?? 0));
    });
  if (same) return null;
  const got = changes.map(({ from, parts }) => `from ${from} split ${JSON.stringify(parts)}`);
  return got.length === 0 ? "the split never changes" : got.join(", ");
}

function wordOtherCap(expected: NonNullable<Expected["cap"]> | null, { caps }: MoneyTerms): string | null {
  const wanted = expected === null ? [] : [`${parseUsd(expected.usd)} ${expected.scope}`];
  const got = caps.map(({ scope, limitPicoUsd }) => `${limitPicoUsd} ${scope}`);
  if (wanted.join() === got.join()) return null;
  const texts = caps.map(
    ({ scope, limitPicoUsd }) => `${formatUsdExact(BigInt(limitPicoUsd))} USD per ${scope}`,
  );
  return texts.length === 0 ? "nothing is capped" : `capped at ${texts.join(" and ")}`;
}
