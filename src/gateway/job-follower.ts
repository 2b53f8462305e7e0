/** Follows work that outlives its call (fine-tuning, batches, background responses) to its end, and settles its usage then. */

import type { OperationId } from "../classification/operations.ts";
import type { BatchRequests } from "../domain/batch-requests.ts";
import type { Deployment, PartnerId } from "../domain/call.ts";
import type { Model } from "../domain/catalogue.ts";
import type { JsonObject } from "../domain/json.ts";
import type { SettledCall } from "../domain/ledger.ts";
import type { Clock } from "../domain/ports.ts";
import type { Usage } from "../domain/usage.ts";
import { settle } from "../pipeline/settle.ts";
import type { World } from "../pipeline/world.ts";
import { unpricedKindOf } from "../pricing/unpriced.ts";
import type { LedgerStore, PendingJobRow } from "../stores/store.ts";
import { LOST_JOB, readJobEnd, type JobEnd } from "../wire/openai/job-end.ts";
import { readBatchOutput } from "./batch-output.ts";
import { readOutputFiles } from "./reply-facts.ts";
import type { UpstreamHandle, Upstreams } from "./upstream.ts";
import { headersFor, type RequestHeaders } from "./upstream-headers.ts";

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

interface FollowerTools {
  /** What is in force now; asked anew for each job that ends. */
  readonly world: () => World;
  readonly store: LedgerStore;
  readonly upstreams: Upstreams;
  readonly clock: Clock;
  /** Told of each settled completion, and of what its job reported, believed or not. */
  readonly onSettled: (settled: SettledCall, reported: Usage) => void;
  readonly onError: (error: unknown) => void;
  readonly intervalMs: number;
}

interface Tools extends FollowerTools {
  /** Aborted once the gateway closes: what takes long is left for the next one. */
  readonly stopping: AbortSignal;
}

const PATHS = { "fine_tuning.job": "/fine_tuning/jobs", batch: "/batches", response: "/responses" } as const;
const STEP_TIMEOUT_MS = 10_000;

/** Starts with the jobs that an earlier run left open. One round at a time; a round that fails is tried again. */
export function followJobs(given: FollowerTools): JobFollower {
  const stop = new AbortController();
  const tools: Tools = { ...given, stopping: stop.signal };
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
      stop.abort();
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
  const holder = tools.upstreams.handleFor(deploymentOf(row), [row.provider]);
  const job = await fetchJob(holder, row);
  if (job === null) return false;
  // One that is gone is unpriced and visible, not open for ever.
  const end = job === "gone" ? LOST_JOB : readJobEnd(row.job.kind, job);
  if (end === null) return false;
  const ended = { ...end, job: job === "gone" ? {} : job };
  const byTotals = settledAs(tools, row, ended);
  const settled = turnsOnRequests(byTotals)
    ? settledAs(tools, row, ended, await fetchRequests(tools, holder, row, ended.job))
    : byTotals;
  await tools.store.settle(settled);
  tools.onSettled(settled, end.reading.usage);
  return true;
}

/** A batch that may hold long context is priced by its requests, which are read for no other. */
function turnsOnRequests({ charge }: SettledCall): boolean {
  return charge.kind === "unpriced" && unpricedKindOf(charge.reason) === "batch_requests_unknown";
}

interface EndedJob extends JobEnd {
  /** As its provider shows it; empty for one that is gone. */
  readonly job: JsonObject;
}

function settledAs(
  { world: inForce, clock }: Tools,
  row: PendingJobRow,
  { job, outcome, reading, mayHaveRun }: EndedJob,
  requests?: BatchRequests,
): SettledCall {
  const deployment = deploymentOf(row);
  const world = inForce();
  const model = modelOf(world, row, job);
  return settle(
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
      usage: { ...reading.usage, requestedTier: row.requestedTier },
      usageFault: reading.fault,
      ...(requests === undefined ? {} : { requests }),
      modelServed: typeof job["model"] === "string" ? job["model"] : null,
      streamed: false,
      attempts: 1,
      stateChanges: readOutputFiles(job, { partner: row.partner, deployment, nowMs: clock.nowMs() }),
      pendingJob: null,
      mayHaveRun,
      recordedAtMs: clock.nowMs(),
    },
    "completion",
  );
}

function deploymentOf({ provider, region }: PendingJobRow): Deployment {
  return { id: `${provider}/${region}`, provider, region };
}

/** A batch is created without naming a model; the finished one says which deployment its lines ran on. */
function modelOf({ models }: World, row: PendingJobRow, job: JsonObject): Model | null {
  if (row.model !== null) return models.get(row.model) ?? null;
  const served = job["model"];
  if (typeof served !== "string") return null;
  return [...models.values()].find(({ deployments }) => deployments[row.provider] === served) ?? null;
}

async function fetchRequests(
  { stopping }: Tools,
  holder: UpstreamHandle,
  row: PendingJobRow,
  job: JsonObject,
): Promise<BatchRequests> {
  const fileId = job["output_file_id"];
  if (typeof fileId !== "string" || fileId === "") return "it names no output file";
  return readBatchOutput(holder, fileId, { headers: headersOf(holder, row), stopping });
}

async function fetchJob(holder: UpstreamHandle, row: PendingJobRow): Promise<JsonObject | "gone" | null> {
  const { statusCode, body } = await holder.send({
    method: "GET",
    path: `${PATHS[row.job.kind]}/${row.job.id}`,
    headers: headersOf(holder, row),
    body: null,
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
    firstByteTimeoutMs: STEP_TIMEOUT_MS,
  });
  const text = await body.text();
  if (statusCode === 404) return "gone";
  return statusCode === 200 ? (JSON.parse(text) as JsonObject) : null;
}

function headersOf({ provider }: UpstreamHandle, { requestId, partner }: PendingJobRow): RequestHeaders {
  return headersFor(provider, { requestId: `${requestId}-follow`, partner, contentType: null });
}
