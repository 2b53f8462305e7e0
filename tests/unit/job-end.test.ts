import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import type { PendingJob } from "../../src/domain/ledger.ts";
import { LOST_JOB, readJobEnd } from "../../src/wire/openai/job-end.ts";

const ZERO = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
const SOME = { input_tokens: 7, output_tokens: 3, total_tokens: 10 };
const counts = (completed: number | string | null): JsonObject => ({ total: 9, completed, failed: 0 });

describe("a job that ended badly", () => {
  it.each<[PendingJob["kind"], JsonObject]>([
    ["batch", { status: "failed", usage: ZERO }],
    ["batch", { status: "cancelled", usage: null, request_counts: counts(0) }],
    ["batch", { status: "expired", request_counts: counts(0) }],
    ["batch", { status: "failed", usage: null, in_progress_at: null }],
    ["response", { status: "cancelled", usage: ZERO }],
    ["fine_tuning.job", { status: "failed", trained_tokens: null }],
    ["fine_tuning.job", { status: "cancelled", trained_tokens: 0 }],
  ])("proves that nothing ran, as %s %j", (kind, job) => {
    expect(readJobEnd(kind, job)).toMatchObject({
      mayHaveRun: false,
      reading: { usage: { source: "none" } },
    });
  });

  it.each<[PendingJob["kind"], JsonObject]>([
    ["batch", { status: "cancelled", usage: null, request_counts: counts(5) }],
    ["batch", { status: "expired", usage: null, request_counts: counts(5) }],
    ["batch", { status: "failed", usage: null, request_counts: counts(5) }],
    ["batch", { status: "failed", usage: null, request_counts: counts("0") }],
    ["batch", { status: "failed", usage: null, in_progress_at: 1_774_915_200 }],
    ["batch", { status: "cancelled", usage: null, request_counts: counts(null) }],
    ["batch", { status: "expired" }],
    ["batch", { status: "cancelled", usage: { input_tokens: 0 }, request_counts: counts(0) }],
    ["batch", { status: "cancelled", usage: { input_tokens: -1, output_tokens: 0 } }],
    ["response", { status: "failed", usage: null }],
    ["response", { status: "cancelled", usage: null }],
    ["response", { status: "incomplete", usage: null }],
  ])("may have run for all that is known, as %s %j", (kind, job) => {
    expect(readJobEnd(kind, job)).toMatchObject({ mayHaveRun: true });
  });

  it("is read by its usage where it reports some", () => {
    const end = readJobEnd("batch", { status: "cancelled", usage: SOME, request_counts: counts(0) });
    expect(end).toMatchObject({
      outcome: "aborted",
      mayHaveRun: true,
      reading: { usage: { inputTokens: 7, outputTokens: 3 }, fault: null },
    });
  });

  it("may have run when its provider no longer knows it", () => {
    expect(LOST_JOB).toMatchObject({ outcome: "upstream_error", mayHaveRun: true });
  });
});

describe("a job that goes on", () => {
  it.each(["queued", "in_progress", "validating", "finalizing", "cancelling", "running"])(
    "as %s",
    (status) => {
      for (const kind of ["batch", "response", "fine_tuning.job"] as const) {
        expect(readJobEnd(kind, { status, usage: null })).toBeNull();
      }
    },
  );
});

it("a job that ended well keeps its reported zeroes", () => {
  expect(readJobEnd("batch", { status: "completed", usage: ZERO })).toMatchObject({
    outcome: "ok",
    mayHaveRun: true,
    reading: { usage: { inputTokens: 0, outputTokens: 0, source: "reported" } },
  });
});
