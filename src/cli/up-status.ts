/** The line that `clauseway up` prints every few seconds. */

import { formatUsd } from "../domain/units.ts";
import { percent } from "./text/percent.ts";

/** `/status` of the admin listener; amounts are picodollars as decimal text. */
export interface Status {
  readonly calls: number;
  readonly callsOnAzure: number;
  readonly refused: number;
  readonly grossPicoUsd: string;
  readonly partyPicoUsd: Readonly<Record<string, string>>;
}

/** `calls 128 | on Azure 96.13 % | refused 0 | revenue 1.23 USD (microsoft 0.25, openai 0.98), simulated` */
export function statusLine(status: Status): string {
  const onAzure = percent(status.callsOnAzure, status.calls);
  const parties = Object.entries(status.partyPicoUsd)
    .map(([party, amount]) => `${party} ${formatUsd(BigInt(amount))}`)
    .join(", ");
  const revenue = `revenue ${formatUsd(BigInt(status.grossPicoUsd))} USD${parties && ` (${parties})`}`;
  return `calls ${status.calls} | on Azure ${onAzure} | refused ${status.refused} | ${revenue}, simulated`;
}
