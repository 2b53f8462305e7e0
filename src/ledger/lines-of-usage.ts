/** Whether the lines of a charge are of the call that they stand in: a price for every token that it used, and for no other. */

import type { RatedLine } from "../domain/ledger.ts";
import type { Usage } from "../domain/usage.ts";

/** Of a training job the trained tokens count and nothing else; of every other call input, its parts, and output. */
export function linesSumToUsage(lines: readonly RatedLine[], usage: Usage): boolean {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, trainedTokens } = usage;
  const counted = (name: string): bigint =>
    lines.reduce((sum, { unit, quantity }) => (nameOf(unit) === name ? sum + quantity : sum), 0n);
  const training = counted("training");
  if (trainedTokens !== null) {
    return training === BigInt(trainedTokens) && lines.every(({ unit }) => unit === "training");
  }
  const [cached, written] = [counted("cached_input"), counted("cache_write")];
  return (
    training === 0n &&
    lines.every(({ quantity, unit }) => quantity > 0n && UNITS.has(nameOf(unit))) &&
    cached === BigInt(cachedInputTokens ?? 0) &&
    written === BigInt(cacheWriteTokens ?? 0) &&
    counted("input") + cached + written === BigInt(inputTokens ?? 0) &&
    counted("output") === BigInt(outputTokens ?? 0)
  );
}

const UNITS: ReadonlySet<string> = new Set(["input", "cached_input", "cache_write", "output"]);

/** Without what tells long requests of a batch from its short ones. */
function nameOf(unit: string): string {
  return unit.split(":", 1)[0] ?? unit;
}
