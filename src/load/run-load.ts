/** A load run from start to verdict: mark what was there, drive, read every witness, judge. */

import type { Clock, Rng } from "../domain/ports.ts";
import { compareAccounts, type LedgerSums, subtractLedger } from "./accounts.ts";
import { type CounterSums, readMetrics, subtractSums, sumCounters } from "./counters.ts";
import { judge, judgeAccounts, judgeMemory, judgeShares } from "./expectations.ts";
import { LoadInputError } from "./load-input-error.ts";
import { type LoadResult, summariseRun } from "./load-result.ts";
import { type MemoryReport, watchMemory } from "./memory.ts";
import { markMeters, type MeterMarks, readMeters } from "./meters.ts";
import { type PaceCounts, type Wait, waitByTimer } from "./pace.ts";
import { joinMeters, type Placement } from "./placement.ts";
import { createRecorder, type Recorder, type Recording } from "./recorder.ts";
import { replay } from "./replay.ts";
import { runScenario } from "./run-scenario.ts";
import type { Expectation, Scenario } from "./scenario.ts";
import type { Target } from "./target.ts";
import type { Arrival } from "./trace.ts";

/** What to send: a scenario's mix in a closed loop, or arrivals at their own times. */
export type LoadPlan =
  | { readonly kind: "scenario"; readonly scenario: Scenario }
  | {
      readonly kind: "replay";
      readonly name: string;
      readonly arrivals: readonly Arrival[];
      /** How many times as fast as they came; see `checkSpeed`. */
      readonly speed: number;
    };

export interface LoadOptions {
  readonly target: Target;
  readonly plan: LoadPlan;
  readonly rng: Rng;
  readonly clock: Clock;
  /** Reads what the ledger holds now; null leaves the ledger out of the report. */
  readonly readLedger: (() => Promise<LedgerSums>) | null;
  /** Takes one line about how far the run has come, every `progressEveryMs`. */
  readonly progress: (line: string) => void;
  readonly progressEveryMs: number;
  /** Ends the run early; what was sent by then is still awaited, counted and judged. */
  readonly signal?: AbortSignal;
  /** How long meters and counters may trail the last answer; 5 s unless given. */
  readonly settleMs?: number;
  /** Real time unless given. */
  readonly wait?: Wait;
}

/**
 * Runs the plan and judges it; a failed expectation shows in the result's `exitCode`. Throws LoadInputError when a witness
 * cannot be reached at the start, so that no load is sent whose placement nobody could tell.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { target, plan, clock } = options;
  const before = await readBefore(options);
  const recorder = createRecorder();
  const memoryWatch = watchMemory(target);
  const startedAtMs = clock.monotonicMs();
  const progress = setInterval(() => {
    const seconds = (clock.monotonicMs() - startedAtMs) / 1_000;
    options.progress(describeProgress(recorder.recording(), plan, seconds));
  }, options.progressEveryMs);

  let pacing: PaceCounts | null;
  let memory: MemoryReport | null = null;
  let wallSeconds = 0;
  try {
    pacing = await drive(options, recorder);
    wallSeconds = (clock.monotonicMs() - startedAtMs) / 1_000;
  } finally {
    clearInterval(progress);
    memory = await memoryWatch.stop();
  }

  const recording = recorder.recording();
  const witnesses = await readWitnesses(options, before, recording);
  const { placement, accounts, ledger } = witnesses;
  const expectations = [
    ...expectationsOf(plan).map((expectation) => judge(expectation, { recording, placement })),
    ...judgeAccounts(accounts),
    ...(ledger === null ? [] : [judgeShares(ledger)]),
    ...(plan.kind === "replay" && memory !== null ? judgeMemory(memory) : []),
  ];
  const name = plan.kind === "scenario" ? plan.scenario.name : plan.name;
  const mode = plan.kind;
  return summariseRun({ name, mode, wallSeconds, pacing, memory, recording, expectations, ...witnesses });
}

/** All calls of a trace are stateless, and the agreement's default reading has them on Azure. */
const REPLAY_EXPECTATIONS: readonly Expectation[] = [
  { kind: "placement", class: "stateless", provider: "azure" },
  { kind: "metered-once" },
  { kind: "error-rate", atMost: 0 },
];

function expectationsOf(plan: LoadPlan): readonly Expectation[] {
  return plan.kind === "scenario" ? plan.scenario.expectations : REPLAY_EXPECTATIONS;
}

async function drive(options: LoadOptions, recorder: Recorder): Promise<PaceCounts | null> {
  const { target, plan, rng, clock, signal, wait = waitByTimer } = options;
  const driveOptions = { target, recorder, rng, clock, wait, ...(signal ? { signal } : {}) };
  if (plan.kind === "replay") return replay(plan.arrivals, plan.speed, driveOptions);
  const { dropped } = await runScenario(plan.scenario, driveOptions);
  return dropped === 0 ? null : { sent: recorder.recording().calls, waited: 0, dropped, mostInFlight: 0 };
}

interface Before {
  readonly marks: MeterMarks;
  readonly counters: CounterSums | null;
  readonly ledger: LedgerSums | null;
}

async function readBefore({ target, readLedger }: LoadOptions): Promise<Before> {
  const marks = await markMeters(target.clouds);
  return {
    marks,
    counters: await readCounters(target.adminUrl),
    ledger: readLedger === null ? null : await readLedger(),
  };
}

async function readCounters(adminUrl: string | null): Promise<CounterSums | null> {
  if (adminUrl === null) return null;
  try {
    return sumCounters(await readMetrics(adminUrl));
  } catch (error) {
    throw new LoadInputError(
      `cannot read the gateway's metrics at \`${adminUrl}/metrics\` (${(error as NodeJS.ErrnoException).code ?? String(error)}): ` +
        "check that the gateway runs and that this is its admin URL",
      { cause: error },
    );
  }
}

interface WitnessReading {
  readonly placement: Placement;
  readonly accounts: ReturnType<typeof compareAccounts>;
  readonly ledger: LedgerSums | null;
}

/**
 * Meters and counters may trail an answer by a moment, so they are read again until they agree or `settleMs` have passed: what
 * differs then, differs.
 */
async function readWitnesses(
  options: LoadOptions,
  before: Before,
  recording: Recording,
): Promise<WitnessReading> {
  const { clock, wait = waitByTimer, settleMs = SETTLE_MS } = options;
  const deadlineMs = clock.monotonicMs() + settleMs;
  while (true) {
    const reading = await readWitnessesOnce(options, before, recording);
    const settled = reading.placement.missing.length === 0 && reading.accounts.every(({ equal }) => equal);
    if (settled || clock.monotonicMs() >= deadlineMs) return reading;
    await new Promise<void>((resolve) => wait(READ_AGAIN_MS, resolve));
  }
}

const SETTLE_MS = 5_000;
const READ_AGAIN_MS = 250;

async function readWitnessesOnce(
  options: LoadOptions,
  before: Before,
  recording: Recording,
): Promise<WitnessReading> {
  const { target, plan, readLedger } = options;
  const placement = joinMeters(recording.asked, await readMeters(target.clouds, before.marks));
  const ledger = readLedger && before.ledger ? subtractLedger(await readLedger(), before.ledger) : null;
  if (plan.kind === "scenario") return { placement, ledger, accounts: [] };
  const countersNow = await readCounters(target.adminUrl);
  const accounts = compareAccounts({
    offered: sumArrivals(plan.arrivals),
    client: {
      calls: recording.answered,
      inputTokens: recording.inputTokens,
      outputTokens: recording.outputTokens,
    },
    ledger,
    azureMeter: sumCells(placement, "azure"),
    counters: countersNow && before.counters ? subtractSums(countersNow, before.counters) : null,
  });
  return { placement, ledger, accounts };
}

function sumArrivals(arrivals: readonly Arrival[]): CounterSums {
  return arrivals.reduce(
    (sums, { inputTokens, outputTokens }) => ({
      calls: sums.calls + 1,
      inputTokens: sums.inputTokens + inputTokens,
      outputTokens: sums.outputTokens + outputTokens,
    }),
    { calls: 0, inputTokens: 0, outputTokens: 0 },
  );
}

function sumCells({ cells }: Placement, provider: string): CounterSums {
  const sums = { calls: 0, inputTokens: 0, outputTokens: 0 };
  for (const cell of cells) {
    if (cell.provider !== provider) continue;
    sums.calls += cell.calls;
    sums.inputTokens += cell.inputTokens;
    sums.outputTokens += cell.outputTokens;
  }
  return sums;
}

function describeProgress({ calls, answered }: Recording, plan: LoadPlan, seconds: number): string {
  const of = plan.kind === "replay" ? ` of ${plan.arrivals.length}` : "";
  const failed = calls === answered ? "" : `, ${calls - answered} failed`;
  return `${seconds.toFixed(0)} s: ${calls}${of} calls ended${failed}`;
}
