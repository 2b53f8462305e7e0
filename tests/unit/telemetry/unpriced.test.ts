/** A call that cannot be priced is never quiet: it is counted by kind of reason, and warned of with the reason. */

import { describe, expect, it } from "vitest";
import type { SettledCall } from "../../../src/domain/ledger.ts";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import { UNPRICED_KINDS } from "../../../src/pricing/unpriced.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import type { Telemetry } from "../../../src/telemetry/telemetry.ts";
import { readSeries, sumOf } from "../../support/metrics-page.ts";
import { finishedCall, makeTelemetry, settledCall } from "../../support/telemetry-events.ts";

const NAME = "clauseway_unpriced_calls_total";

function inSuspense(reason: string, changes: Partial<SettledCall> = {}): SettledCall {
  return settledCall(0n, 0n, {
    charge: { kind: "unpriced", reason },
    usage: NO_USAGE,
    money: null,
    transactions: [],
    ...changes,
  });
}

/** The log lines of what `tell` tells. */
function logged(tell: (telemetry: Telemetry) => void): readonly Record<string, unknown>[] {
  let text = "";
  const destination = { write: (line: string) => void (text += line) };
  tell(makeTelemetry({ logger: createLogger({ level: "info", version: "0.1.0", destination }) }));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the counter", () => {
  it("has every kind at 0 before the first call, and no other series", async () => {
    const series = readSeries(await makeTelemetry().renderText());
    const own = [...series].filter(([name]) => name.startsWith(NAME));
    expect(own).toEqual([...UNPRICED_KINDS, "other"].map((reason) => [`${NAME}{reason="${reason}"}`, 0]));
  });

  it("counts calls and jobs by kind, whatever the reason goes on to say", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall({ settled: inSuspense("usage unknown") }));
    telemetry.callFinished(finishedCall({ settled: inSuspense("no price for `a` at 2026-03-31") }));
    telemetry.jobSettled(inSuspense("no price for `b` at 2026-03-31", { phase: "completion" }));
    telemetry.callFinished(finishedCall({ settled: inSuspense("the wording of an older ledger") }));
    telemetry.callFinished(finishedCall({ settled: settledCall(1n, 0n) }));
    const page = await telemetry.renderText();
    const of = (reason: string): number => sumOf(page, NAME, `reason="${reason}"`);
    expect([of("usage_unknown"), of("no_price"), of("other")]).toEqual([1, 2, 1]);
    expect(sumOf(page, NAME)).toBe(4);
  });
});

describe("the log", () => {
  it("warns of a call that was answered and cannot be priced, and says why", () => {
    const [line] = logged((telemetry) =>
      telemetry.callFinished(finishedCall({ settled: inSuspense("disputed: negative output tokens") })),
    );
    expect(line).toMatchObject({
      level: "warn",
      http_status: 200,
      charge: "unpriced",
      unpriced_reason: "disputed: negative output tokens",
    });
  });

  it("says nothing of a reason where there is a price", () => {
    const [line] = logged((telemetry) =>
      telemetry.callFinished(finishedCall({ settled: settledCall(1n, 0n) })),
    );
    expect(line).toMatchObject({ level: "info", charge: "rated" });
    expect(line).not.toHaveProperty("unpriced_reason");
  });

  it("warns of a job that ended and cannot be priced, and of no other", () => {
    const lines = logged((telemetry) => {
      telemetry.jobSettled(settledCall(1n, 0n, { phase: "completion" }));
      telemetry.jobSettled(inSuspense("batch price unknown", { requestId: "req_job", phase: "completion" }));
    });
    expect(lines).toMatchObject([
      {
        level: "warn",
        request_id: "req_job",
        unpriced_reason: "batch price unknown",
        agreement: "2026-02-27",
      },
    ]);
  });
});

it("how many prices are to be reviewed is that of the configuration in force", async () => {
  const telemetry = makeTelemetry({ overdueReviews: 2 });
  expect(sumOf(await telemetry.renderText(), "clauseway_price_review_overdue")).toBe(2);
});
