/** What two records of one settlement must agree on to be the same. */

import type { SettledCall } from "../domain/ledger.ts";
import { factsText } from "../domain/facts-text.ts";
import { canonicalJson } from "../ledger/canonical-json.ts";
import { splitText } from "../ledger/split-text.ts";

/**
 * The terms of a call as text that does not depend on the order of keys, legs or lines: all it says except when it was
 * recorded, and except its transactions. Those follow from the terms, and a cap may have cut those that were written.
 */
export function contentOf(call: SettledCall): string {
  const { money, charge, facts, evidence, transactions: _written, ...rest } = call;
  const lines = charge.kind === "rated" ? charge.lines.toSorted((a, b) => (a.unit < b.unit ? -1 : 1)) : [];
  const terms = {
    ...rest,
    recordedAtMs: 0,
    facts: factsText(facts),
    evidence: factsText(evidence),
    charge: { ...charge, lines },
    money: money && { split: splitText(money.legs), caps: money.caps, hosting: money.hosting },
  };
  return canonicalJson(terms);
}
