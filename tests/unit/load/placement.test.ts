import { expect, test } from "vitest";
import { PROFILES, STEP_PROFILES } from "../../../src/load/call-profile.ts";
import { judge } from "../../../src/load/expectations.ts";
import { joinMeters, type MeterRow } from "../../../src/load/placement.ts";
import { createRecorder, type Recording } from "../../../src/load/recorder.ts";

const CHAT = PROFILES["direct chat"];

function row(requestId: string | null, provider: string, changes: Partial<MeterRow> = {}): MeterRow {
  const operation = "chat.completions.create";
  return { requestId, provider, operation, status: 200, inputTokens: 3, outputTokens: 2, ...changes };
}

function recorded(...calls: readonly { id: string; profile?: typeof CHAT; status?: number }[]): Recording {
  const recorder = createRecorder();
  for (const { id, profile = CHAT, status = 200 } of calls) {
    recorder.record({
      profile,
      status,
      requestId: id,
      inputTokens: 3,
      outputTokens: 2,
      error: status === 200 ? null : `status ${status}`,
      serviceMs: 1,
      responseMs: null,
      firstTokenMs: null,
      scheduleDelayMs: null,
    });
  }
  return recorder.recording();
}

test("calls are counted where the meters have them, by partner, class and provider", () => {
  const recording = recorded({ id: "a" }, { id: "b" }, { id: "c", profile: PROFILES["amazon chat"] });
  const placement = joinMeters(recording.asked, [row("a", "azure"), row("b", "azure"), row("c", "aws")]);
  expect(placement.cells).toEqual([
    {
      partner: "amazon",
      workload: "stateless",
      provider: "aws",
      calls: 1,
      failedAttempts: 0,
      inputTokens: 3,
      outputTokens: 2,
    },
    {
      partner: "direct",
      workload: "stateless",
      provider: "azure",
      calls: 2,
      failedAttempts: 0,
      inputTokens: 6,
      outputTokens: 4,
    },
  ]);
});

test("a stateless call on another cloud fails the expectation and is named", () => {
  const recording = recorded({ id: "a" }, { id: "stray" });
  const placement = joinMeters(recording.asked, [row("a", "azure"), row("stray", "aws")]);
  const verdict = judge(
    { kind: "placement", class: "stateless", provider: "azure" },
    { recording, placement },
  );
  expect(verdict).toMatchObject({ expected: "stateless calls served outside azure: 0", pass: false });
  expect(verdict.measured).toContain("aws stray");
});

test("an attempt on another cloud that failed there is a misplacement too", () => {
  const recording = recorded({ id: "a" });
  const placement = joinMeters(recording.asked, [
    row("a", "aws", { status: 503, outputTokens: null }),
    row("a", "azure"),
  ]);
  expect(
    judge({ kind: "placement", class: "stateless", provider: "azure" }, { recording, placement }).pass,
  ).toBe(false);
  expect(placement.duplicates).toEqual([]);
});

test("a refused call that a cloud generated for counts against placement", () => {
  const recording = recorded({ id: "a" }, { id: "refused", status: 502 });
  const placement = joinMeters(recording.asked, [row("a", "azure"), row("refused", "aws")]);
  expect(
    judge({ kind: "placement", class: "stateless", provider: "azure" }, { recording, placement }).pass,
  ).toBe(false);
});

test("no call of a class is no pass", () => {
  const recording = recorded({ id: "a" });
  const placement = joinMeters(recording.asked, [row("a", "azure")]);
  const verdict = judge(
    { kind: "placement", class: "training", provider: "stargate" },
    { recording, placement },
  );
  expect(verdict).toMatchObject({ measured: "no training call was metered", pass: false });
});

test("answered calls on no meter or on two are listed and fail; refused calls need no row", () => {
  const recording = recorded({ id: "a" }, { id: "lost" }, { id: "twice" }, { id: "refused", status: 403 });
  const placement = joinMeters(recording.asked, [
    row("a", "azure"),
    row("twice", "azure"),
    row("twice", "aws"),
  ]);
  expect(placement.missing.map(({ requestId }) => requestId)).toEqual(["lost"]);
  expect(placement.duplicates).toMatchObject([{ requestId: "twice", providers: ["azure", "aws"] }]);
  const verdict = judge({ kind: "metered-once" }, { recording, placement });
  expect(verdict.pass).toBe(false);
  expect(verdict.measured).toContain("1 on no meter, 1 on several");
});

test("an id that two answers carried fails metering", () => {
  const recording = recorded({ id: "a" }, { id: "a" });
  const placement = joinMeters(recording.asked, [row("a", "azure")]);
  expect(judge({ kind: "metered-once" }, { recording, placement }).pass).toBe(false);
});

test("reading state for a hand-over under the call's id is no serving; generating elsewhere is", () => {
  const recording = recorded({ id: "turn", profile: STEP_PROFILES.nextTurn });
  const reads = row("turn", "azure", { operation: "responses.get", inputTokens: null, outputTokens: null });
  const turn = row("turn", "aws", { operation: "responses.create" });
  const stateful = { kind: "placement", class: "stateful", provider: "aws" } as const;

  const right = joinMeters(recording.asked, [reads, turn]);
  expect(right).toMatchObject({ handoverRows: 1, missing: [], duplicates: [] });
  expect(judge(stateful, { recording, placement: right }).pass).toBe(true);

  const wrong = joinMeters(recording.asked, [
    turn,
    { ...reads, operation: "something.new", outputTokens: 5 },
  ]);
  expect(judge(stateful, { recording, placement: wrong }).pass).toBe(false);
});

test("rows of other traffic count as foreign and as nothing else; the gateway's own housekeeping counts as nothing", () => {
  const housekeeping = row(null, "stargate", {
    operation: "fine_tuning.jobs.get",
    inputTokens: null,
    outputTokens: null,
  });
  const placement = joinMeters(recorded({ id: "a" }).asked, [
    housekeeping,
    row("a", "azure"),
    row("other", "aws"),
    row(null, "aws"),
  ]);
  expect(placement.foreignRows).toBe(2);
  expect(placement.cells).toHaveLength(1);
});
