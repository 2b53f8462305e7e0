/** Every decision of a regime under a reading as a short text: each outcome with the cubes in which it holds. */

import { compileAgreement } from "../../src/agreement/compile.ts";
import type { Agreement } from "../../src/agreement/parse.ts";
import type { Reading } from "../../src/agreement/reading.ts";
import type { Ruling } from "../../src/agreement/verdict.ts";
import { coverWithCubes, formatCube } from "../../src/decision-table/cubes.ts";
import type { MoneyTerms } from "../../src/domain/money.ts";
import { weightOf } from "../../src/decision-table/space.ts";

/** Outcomes in the order of their first cell; ends with a newline. */
export function renderDecisions(agreement: Agreement, reading: Reading): string {
  const { reduced, digest, regime, readingId } = compileAgreement(agreement, reading);
  const cellsByRuling = new Map<Ruling, number[]>();
  reduced.cells.forEach((set, cell) => {
    const ruling = reduced.outcomes[set];
    if (ruling) cellsByRuling.set(ruling, [...(cellsByRuling.get(ruling) ?? []), cell]);
  });
  const impossible = new Set(
    [...cellsByRuling].flatMap(([ruling, cells]) => (ruling.kind === "denied" ? cells : [])),
  );
  const parts = [...cellsByRuling].map(([ruling, cells]) => {
    const { cubes } = coverWithCubes(reduced.space, cells, { mayHold: impossible, limit: 100 });
    const count = cells.reduce((sum, cell) => sum + weightOf(reduced.space, cell), 0);
    return [`${describe(ruling)}  ${count} cells`, ...cubes.map((cube) => `  ${formatCube(cube)}`)].join(
      "\n",
    );
  });
  return `${[`${regime} x ${readingId}  digest ${digest}`, ...parts].join("\n\n")}\n`;
}

function describe(ruling: Ruling): string {
  if (ruling.kind === "denied")
    return `denied, ${ruling.reason} by ${ruling.clauses.join(", ") || "no clause"}`;
  return `{${ruling.providers.join(", ")}} by ${ruling.clauses.join(", ")}; ${ruling.moneyClauses.join(", ")}: ${describeMoney(ruling.money)}`;
}

/** The legs of each version and the caps; a leg names its clause where there are several. */
function describeMoney({ clauses, versions, caps }: MoneyTerms): string {
  const splits = versions.map(({ from, legs }) => {
    const parts = legs.map(({ clause, party, sharePpm }) => {
      const by = clauses.length > 1 ? ` by ${clause}` : "";
      return `${party} ${sharePpm}${by}`;
    });
    return `${from === null ? "" : `from ${from} `}${parts.join(", ")}`;
  });
  const limits = caps.map(
    ({ clause, scope, limitPicoUsd }) => `${clause} at most ${limitPicoUsd} pUSD per ${scope}`,
  );
  return [...splits, ...limits].join("; ");
}
