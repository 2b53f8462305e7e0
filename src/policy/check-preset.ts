/** Whether a share preset makes sense in every regime: it fits the clauses that stay, and leaves no gap or conflict. */

import type { Agreement } from "../agreement/parse.ts";
import { choicesUnder, type Reading } from "../agreement/reading.ts";
import { withShares, type SharePreset } from "../agreement/share-preset.ts";
import { countsUnder } from "../agreement/bind.ts";
import { bindAgreement } from "../agreement/compile.ts";
import { checkedTable } from "../agreement/verify/checked-table.ts";
import { findHoles } from "../agreement/verify/holes.ts";
import { collapse } from "../decision-table/space.ts";
import type { Finding } from "../decision-table/findings.ts";
import type { PolicySources } from "./policy-sources.ts";
import { variantsOf } from "./variants.ts";

/**
 * Findings on the preset put into these regimes, under each reading that its clauses tell apart. Throws ConfigError where it does
 * not compile.
 */
export function checkPreset(
  preset: SharePreset,
  sources: Pick<PolicySources, "readings" | "classification">,
  agreements: readonly Agreement[],
): readonly Finding[] {
  return agreements.flatMap((agreement) => {
    const swapped = withShares(agreement, preset);
    return readingsApart(preset, swapped, sources).flatMap((reading) => {
      const bound = bindAgreement(swapped, reading);
      // Nothing else is asked of it, so only what its own rules tell apart counts.
      const space = collapse(
        bound.axes,
        bound.rules.map(({ scope }) => scope),
      );
      return findHoles(checkedTable(bound, space));
    });
  });
}

/** Of the named readings and their variants the first of those under which the same clauses of the preset count. */
function readingsApart(
  preset: SharePreset,
  agreement: Agreement,
  { readings, classification }: Pick<PolicySources, "readings" | "classification">,
): readonly Reading[] {
  const [first] = readings;
  const all = [...readings, ...(first === undefined ? [] : variantsOf(first, agreement, classification))];
  const apart = new Map<string, Reading>();
  for (const reading of all) {
    const choices = choicesUnder(reading, agreement.regime);
    const counting = preset.value.clauses.filter((clause) => countsUnder(clause["only-if"], choices));
    const key = counting.map(({ id }) => id).join();
    if (!apart.has(key)) apart.set(key, reading);
  }
  return [...apart.values()];
}
