/** Drives a scenario: a closed loop per partner by autocannon, and flows beside it at their own pace. */

import type { Clock, Rng } from "../domain/ports.ts";
import { PROFILES, type SingleCall } from "./call-profile.ts";
import type { PreparedRequest } from "./clients/prepared.ts";
import {
  createPreparer,
  openClients,
  type PartnerClients,
  type PrepareRequest,
} from "./clients/partner-clients.ts";
import { type LoopAnswer, runClosedLoop } from "./closed-loop.ts";
import { runFineTune, runSession } from "./flows.ts";
import { type Due, pace, type Wait } from "./pace.ts";
import type { Recorder } from "./recorder.ts";
import { type Scenario, type ScenarioFlow, type ScenarioRequest, singleCallOf } from "./scenario.ts";
import type { Target } from "./target.ts";
import { createPromptSource, type PromptSource } from "./text.ts";

export interface DriveOptions {
  readonly target: Target;
  readonly recorder: Recorder;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly wait: Wait;
  readonly signal?: AbortSignal;
}

/** Runs the scenario to its end; every call that was sent is on the recorder, also a lost one. Flows that found no room count. */
export async function runScenario(scenario: Scenario, options: DriveOptions): Promise<{ dropped: number }> {
  const prompts = createPromptSource(options.rng);
  const stock = await fillStock(scenario.requests, prompts, options);
  const clients = openClients(options.target, FLOW_CONNECTIONS, options.clock);
  const refill = setInterval(() => void stock.refresh(), REFRESH_EVERY_MS);
  try {
    const [, ...flows] = await Promise.all([
      runLoops(scenario, stock, options),
      ...scenario.flows.map((flow) => runFlow(flow, scenario.durationSeconds, clients, prompts, options)),
    ]);
    return { dropped: flows.reduce((sum, { dropped }) => sum + dropped, 0) };
  } finally {
    clearInterval(refill);
    await clients.close();
  }
}

/** Open flows at one time, over all kinds; a flow beyond it is dropped and counted. */
const FLOW_CONNECTIONS = 64;

/** A signature holds for five minutes. */
const REFRESH_EVERY_MS = 120_000;

/** Variants of each request, made before they are needed: signing is asynchronous, autocannon's hook is not. */
const VARIANTS = 64;

interface StockedRequest {
  readonly call: SingleCall;
  readonly request: PreparedRequest;
}

interface Stock {
  /** The next request of `partner`, by the weights of the mix. */
  take(partner: string): StockedRequest;
  /** Signs and draws everything anew. */
  refresh(): Promise<void>;
}

async function fillStock(
  requests: readonly ScenarioRequest[],
  prompts: PromptSource,
  options: DriveOptions,
): Promise<Stock> {
  const { rng, clock } = options;
  const prepare = createPreparer(options.target);
  const variants = new Map<ScenarioRequest, readonly PreparedRequest[]>();
  const refresh = async () => {
    for (const request of requests)
      variants.set(request, await prepareVariants(request, prompts, prepare, clock));
  };
  await refresh();
  return {
    refresh,
    take(partner) {
      const request = pickByWeight(
        requests.filter((request) => request.partner === partner),
        rng,
      );
      const prepared = variants.get(request) ?? [];
      const variant = prepared[Math.floor(rng.next() * prepared.length)];
      if (variant === undefined) throw new Error(`nothing in stock for ${partner}`);
      return { call: singleCallOf(request), request: variant };
    },
  };
}

async function prepareVariants(
  request: ScenarioRequest,
  prompts: PromptSource,
  prepare: PrepareRequest,
  clock: Clock,
): Promise<readonly PreparedRequest[]> {
  const { inputTokens, outputTokens } = request;
  return Promise.all(
    Array.from({ length: VARIANTS }, () =>
      prepare(singleCallOf(request), { text: prompts(inputTokens), outputTokens }, clock.nowMs()),
    ),
  );
}

function pickByWeight(requests: readonly ScenarioRequest[], rng: Rng): ScenarioRequest {
  let left = rng.next() * totalWeight(requests);
  for (const request of requests) {
    left -= request.weight;
    if (left < 0) return request;
  }
  const last = requests.at(-1);
  if (last === undefined) throw new Error("a mix without requests");
  return last;
}

async function runLoops(scenario: Scenario, stock: Stock, options: DriveOptions): Promise<void> {
  const { target, recorder, clock } = options;
  const urls: Readonly<Record<string, string>> = {
    amazon: target.amazon.url,
    direct: target.direct.url,
    "first-party": target.firstParty.url,
  };
  await Promise.all(
    shareConnections(scenario).map(({ partner, connections }) =>
      runClosedLoop<StockedRequest>({
        url: urls[partner] ?? "",
        connections,
        durationMs: scenario.durationSeconds * 1_000,
        pick: () => stock.take(partner),
        onAnswer: (answer) => recordAnswer(recorder, answer),
        onLost: ({ call }) => recordLost(recorder, call),
        clock,
        ...(options.signal ? { signal: options.signal } : {}),
      }),
    ),
  );
}

/** Connections by partner in proportion to the weights, at least one each; the sum may exceed the scenario's by rounding. */
export function shareConnections(scenario: Scenario): readonly { partner: string; connections: number }[] {
  const partners = [...new Set(scenario.requests.map(({ partner }) => partner))];
  const total = totalWeight(scenario.requests);
  return partners.map((partner) => {
    const weight = totalWeight(scenario.requests.filter((request) => request.partner === partner));
    return { partner, connections: Math.max(1, Math.round((scenario.connections * weight) / total)) };
  });
}

function totalWeight(requests: readonly ScenarioRequest[]): number {
  return requests.reduce((sum, { weight }) => sum + weight, 0);
}

function recordAnswer(
  recorder: Recorder,
  { sent, status, requestId, serviceMs, body }: LoopAnswer<StockedRequest>,
): void {
  const ok = status >= 200 && status < 300;
  recorder.record({
    profile: PROFILES[sent.call],
    status,
    requestId,
    // Token counts are joined from the meters here; the replay's own clients read them from the answers.
    inputTokens: null,
    outputTokens: null,
    error: ok ? null : `status ${status}: ${body.slice(0, 200)}`,
    serviceMs,
    responseMs: null,
    firstTokenMs: null,
    scheduleDelayMs: null,
  });
}

function recordLost(recorder: Recorder, call: SingleCall): void {
  recorder.record({
    profile: PROFILES[call],
    status: 0,
    requestId: null,
    inputTokens: null,
    outputTokens: null,
    error: "sent and not answered in full",
    serviceMs: 0,
    responseMs: null,
    firstTokenMs: null,
    scheduleDelayMs: null,
  });
}

async function runFlow(
  flow: ScenarioFlow,
  durationSeconds: number,
  clients: PartnerClients,
  prompts: PromptSource,
  options: DriveOptions,
): Promise<{ dropped: number }> {
  const size = () => ({ text: prompts(flow.inputTokens), outputTokens: flow.outputTokens });
  const { recorder } = options;
  return pace({
    calls: evenly(flow.perSecond, durationSeconds),
    send: (_due, scheduledAtMs) =>
      flow.kind === "session"
        ? runSession(clients, [size(), size()], recorder, scheduledAtMs)
        : runFineTune(clients, prompts(flow.inputTokens), recorder, scheduledAtMs),
    maxInFlight: FLOW_CONNECTIONS,
    whenFull: "drop",
    clock: options.clock,
    wait: options.wait,
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

function* evenly(perSecond: number, durationSeconds: number): Generator<Due> {
  for (let index = 0; index / perSecond < durationSeconds; index++)
    yield { atMs: (index * 1_000) / perSecond };
}
