import { describe, expect, test } from "vitest";
import { compileAgreement } from "../../../src/agreement/compile.ts";
import { decide } from "../../../src/agreement/decide.ts";
import { everyCell, interpret, type PlainDocument } from "./interpreter.ts";
import { shipped } from "./shipped.ts";

const words = shipped.vocabulary.value;

describe("an independent interpreter agrees with the table on every cell", () => {
  const cells = everyCell(words);
  const pairs = shipped.agreements.flatMap((agreement) =>
    shipped.readings.map((reading) => [agreement.regime, reading.id, agreement, reading] as const),
  );

  test.each(pairs)("%s x %s", (_, __, agreement, reading) => {
    const compiled = compileAgreement(agreement, reading);
    const document: PlainDocument = { ...words, ...agreement.value };
    expect(compiled.cellCount).toBe(cells.length);
    const seen = new Set<number>();
    const differing = cells.filter((facts) => {
      const verdict = decide(compiled, facts);
      seen.add(verdict.cell);
      const answer = interpret(document, compiled.choices, facts);
      if (verdict.kind === "denied" || answer.kind === "denied") {
        return (
          verdict.kind !== answer.kind ||
          (verdict.kind === "denied" && answer.kind === "denied" && verdict.reason !== answer.reason)
        );
      }
      return (
        verdict.providers.join() !== answer.providers.join() ||
        JSON.stringify(verdict.sharePpm) !== sorted(answer.sharePpm)
      );
    });
    expect(differing).toEqual([]);
    expect(seen.size).toBe(cells.length);
  });
});

function sorted(shares: Readonly<Record<string, number>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(shares).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
