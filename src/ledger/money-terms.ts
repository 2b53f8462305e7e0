/** Which of the dated terms of a decision hold for a call. */

import type { ShareLeg, MoneyTerms } from "../domain/money.ts";

/** The legs in force on `date` (`YYYY-MM-DD`): those of the latest version that has begun. */
export function legsOn({ versions }: MoneyTerms, date: string): readonly ShareLeg[] {
  const begun = versions.filter(({ from }) => from === null || from <= date);
  const version = begun.at(-1) ?? versions[0];
  if (version === undefined) throw new RangeError("money terms have at least one version");
  return version.legs;
}
