/** Follows work that outlives its call (fine-tuning, batches, background responses) to its end, and settles its usage then. */

import type { OperationId } from "../classification/operations.ts";
import { NOTHING_REPORTED, type UsageReading } from "../domain/buckets.ts";
import type { PartnerId } from "../domain/call.ts";
import type { Model } from "../domain/catalogue.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Clock } from "../domain/ports.ts";
import { settle } from "../pipeline/settle.ts";
import type { World } from "../pipeline/world.ts";
import type { LedgerStore, PendingJobRow } from "../stores/store.ts";
import { readTrainingUsage, readUsage } from "../wire/openai/usage.ts";
import { readOutputFiles } from "./reply-facts.ts";
import type { Upstreams } from "./upstream.ts";
import { headersFor } from "./upstream-headers.ts";

export interface JobFollower {
  /** Looks soon: a job has just been started. */
  wake(): void;
  /**
   * Settles the job behind an id now, if it has ended: whoever removes it would remove its usage with it. `running`: it has
   * not, or could not be asked; `settled`: nothing is open behind this id any more.
   */
  conclude(partner: PartnerId, id: string): Promise<"settled" | "running">;
  close(): Promise<void>;
}

interface Tools {
  /** What is in force now; asked anew for each job that ends. */
  readonly world: () => World;
  readonly store: LedgerStore;
  readonly upstreams: Upstreams;
  readonly clock: Clock;
  /** Told of each settled completion, for metrics. */
  readonly onSettled: (settled: ReturnType<typeof settle>) => void;
  readonly onError: (error: unknown) => void;
  readonly intervalMs: number;
}

const PATHS = { "fine_tuning.job": "/fine_tuning/jobs", batch: "/batches", response: "/responses" } as const;
const STEP_TIMEOUT_MS = 10_000;

const OUTCOME_BY_STATUS: Readonly<Record<string, Outcome>> = {
  succeeded: "ok",
  completed: "ok",
  incomplete: "ok",
  failed: "upstream_error",
  expired: "timeout",
  cancelled: "aborted",
};

/** Starts with the jobs that an earlier run left open. One round at a time; a round that fails is tried again. */
export function followJobs(tools: Tools): JobFollower {
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  // One look at a time: two would settle, and count, the same end twice.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(look: () => Promise<T>): Promise<T> => {
    const mine = turn.then(look);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const schedule = (): void => {
    if (closed || timer) return;
    timer = setTimeout(() => {
      timer = null;
      void runRound();
    }, tools.intervalMs);
  };
  const runRound = async (): Promise<void> => {
    const open = await inTurn(() => followOnce(tools)).catch((error: unknown) => {
      tools.onError(error);
      return 1;
    });
    if (open > 0) schedule();
  };
  schedule();
  return {
    wake: schedule,
    conclude: (partner, id) => inTurn(() => concludeJob(tools, partner, id)),
    close: async () => {
      closed = true;
      if (timer) clearTimeout(timer);
      await turn;
    },
  };
}

/** Returns how many jobs are still open. */
async function followOnce(tools: Tools): Promise<number> {
  const rows = await tools.store.pendingJobs();
  let open = 0;
  for (const row of rows) {
    // A job that cannot be read or settled now must not keep the others waiting.
    const ended = await checkJob(tools, row).catch((error: unknown) => {
      tools.onError(error);
      return false;
    });
    if (!ended) open += 1;
  }
  return open;
}

async function concludeJob(tools: Tools, partner: PartnerId, id: string): Promise<"settled" | "running"> {
  const rows = await tools.store.pendingJobs();
  const row = rows.find((one) => one.partner === partner && one.job.id === id);
  if (!row) return "settled";
  const ended = await checkJob(tools, row).catch((error: unknown) => {
    tools.onError(error);
    return false;
  });
  return ended ? "settled" : "running";
}

async function checkJob(tools: Tools, row: PendingJobRow): Promise<boolean> {
  const job = await fetchJob(tools, row);
  // A job that its provider no longer knows has run for all we can tell: unpriced and visible, not open for ever.
  const lost = job === "gone";
  const outcome = lost ? "upstream_error" : OUTCOME_BY_STATUS[String(job?.["status"])];
  if (!job || !outcome) return false;
  return settleJob(tools, row, { job: lost ? {} : job, outcome, mayHaveRun: lost });
}

async function settleJob(
  tools: Tools,
  row: PendingJobRow,
  { job, outcome, mayHaveRun }: { job: JsonObject; outcome: Outcome; mayHaveRun: boolean },
): Promise<true> {
  const deployment = { id: `${row.provider}/${row.region}`, provider: row.provider, region: row.region };
  const world = tools.world();
  const model = modelOf(world, row, job);
  const { usage, fault } = usageOf(row, job, outcome);
  const settled = settle(
    world,
    {
      requestId: row.requestId,
      agreement: row.agreement,
      digest: row.digest,
      facts: row.facts,
      evidence: row.evidence,
      partner: { id: row.partner, seller: row.seller },
      operation: row.operation as OperationId,
      workload: row.workload,
      billable: true,
      model: model?.name ?? row.model,
      priceKey: model?.priceKey ?? null,
      clauses: row.clauses,
      money: row.money,
    },
    {
      deployment,
      outcome,
      httpStatus: 200,
      usage,
      usageFault: fault,
      modelServed: typeof job["model"] === "string" ? job["model"] : null,
      streamed: false,
      attempts: 1,
      stateChanges: readOutputFiles(job, { partner: row.partner, deployment, nowMs: tools.clock.nowMs() }),
      pendingJob: null,
      // A job that ended badly and reports no usage says that nothing ran; one that is lost says nothing.
      mayHaveRun,
      recordedAtMs: tools.clock.nowMs(),
    },
    "completion",
  );
  await tools.store.settle(settled);
  tools.onSettled(settled);
  return true;
}

/** A batch is created without naming a model; the finished one says which deployment its lines ran on. */
function modelOf({ models }: World, row: PendingJobRow, job: JsonObject): Model | null {
  if (row.model !== null) return models.get(row.model) ?? null;
  const served = job["model"];
  if (typeof served !== "string") return null;
  return [...models.values()].find(({ deployments }) => deployments[row.provider] === served) ?? null;
}

/** A batch that failed before any line ran reports zero tokens: nothing was used, which is not the same as a price unknown. */
function usageOf(row: PendingJobRow, job: JsonObject, outcome: Outcome): UsageReading {
  if (row.job.kind === "fine_tuning.job") return readTrainingUsage(job);
  const reading = readUsage(job);
  if (reading.fault !== null) return reading;
  const { inputTokens, outputTokens } = reading.usage;
  const unknown = inputTokens === null && outputTokens === null;
  const nothingRan = outcome !== "ok" && inputTokens === 0 && outputTokens === 0;
  return unknown || nothingRan ? NOTHING_REPORTED : reading;
}

async function fetchJob(tools: Tools, row: PendingJobRow): Promise<JsonObject | "gone" | null> {
  const handle = tools.upstreams.handleFor(
    { id: `${row.provider}/${row.region}`, provider: row.provider, region: row.region },
    [row.provider],
  );
  const { statusCode, body } = await handle.send({
    method: "GET",
    path: `${PATHS[row.job.kind]}/${row.job.id}`,
    headers: headersFor(handle.provider, {
      requestId: `${row.requestId}-follow`,
      partner: row.partner,
      contentType: null,
    }),
    body: null,
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
    firstByteTimeoutMs: STEP_TIMEOUT_MS,
  });
  const text = await body.text();
  if (statusCode === 404) return "gone";
  return statusCode === 200 ? (JSON.parse(text) as JsonObject) : null;
}
