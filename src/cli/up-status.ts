/** The line that `clauseway up` prints every few seconds. */

import { formatUsd } from "../domain/units.ts";

/** `/status` of the admin listener; amounts are picodollars as decimal text. */
export interface Status {
  readonly calls: number;
  readonly callsOnAzure: number;
  readonly refused: number;
  readonly grossPicoUsd: string;
  readonly partyPicoUsd: Readonly<Record<string, string>>;
}

/** `calls 128 | on Azure 96.1 % | refused 0 | revenue 1.23 USD (microsoft 0.25, openai 0.98), simulated` */
export function statusLine(status: Status): string {
  const share = status.calls === 0 ? "-" : `${((100 * status.callsOnAzure) / status.calls).toFixed(1)} %`;
  const parties = Object.entries(status.partyPicoUsd)
    .map(([party, amount]) => `${party} ${formatUsd(BigInt(amount))}`)
    .join(", ");
  return `calls ${status.calls} | on Azure ${share} | refused ${status.refused} | revenue ${formatUsd(BigInt(status.grossPicoUsd))} USD (${parties}), simulated`;
}
