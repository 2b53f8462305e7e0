/** The system behind upstreams that a test can break, and what must be true after a call that was not placed. */

import { expect } from "vitest";
import type { Configuration } from "../../src/app/load-world.ts";
import { deploymentsOf, type ProviderRegion } from "../../src/domain/catalogue.ts";
import { CHAT, PARTNER_KEY } from "./raw-client.ts";
import { startRawUpstream, type RawUpstream } from "./raw-upstream.ts";
import { sumOf } from "./metrics-page.ts";
import { startTestWorld, type TestWorld, type TestWorldOptions } from "./world.ts";

export interface FaultWorld {
  readonly world: TestWorld;
  readonly azure: RawUpstream;
  readonly aws: RawUpstream;
  readonly stargate: RawUpstream;
  readonly gateway: string;
  /** Forgets upstream calls; what the ledger holds so far is taken as given. */
  reset(): Promise<void>;
  /** Requests that reached any upstream since the last reset. */
  upstreamCalls(): number;
  /** Ledger rows since the last reset. */
  newRows(): Promise<number>;
  /** No upstream call, no ledger row, and the gateway still serves a good call (which it then forgets). */
  expectUntouched(): Promise<void>;
  /** Value of a metric, summed over the series whose labels hold `filter`. */
  metric(name: string, filter?: string): Promise<number>;
  close(): Promise<void>;
}

/** Starts gateway and frontends in front of three raw upstreams. */
export async function startFaultWorld(
  options: Omit<TestWorldOptions, "upstreams"> = {},
): Promise<FaultWorld> {
  const [azure, aws, stargate] = await Promise.all([
    startRawUpstream(),
    startRawUpstream(),
    startRawUpstream(),
  ]);
  const upstreams = [azure, aws, stargate];
  const world = await startTestWorld({
    ...options,
    upstreams: { azure: azure.url, aws: aws.url, stargate: stargate.url },
  });
  const rows = async (): Promise<number> => (await world.totals()).calls;
  let rowsBefore = 0;
  const upstreamCalls = (): number => upstreams.reduce((sum, { calls }) => sum + calls.length, 0);
  const reset = async (): Promise<void> => {
    for (const upstream of upstreams) upstream.reset();
    rowsBefore = await rows();
  };
  return {
    world,
    azure,
    aws,
    stargate,
    gateway: world.urls.gateway,
    reset,
    upstreamCalls,
    newRows: async () => (await rows()) - rowsBefore,
    expectUntouched: async () => {
      expect({ upstreamCalls: upstreamCalls(), newRows: (await rows()) - rowsBefore }).toEqual({
        upstreamCalls: 0,
        newRows: 0,
      });
      const alive = await chat(world.urls.gateway);
      expect(alive.status).toBe(200);
      await alive.arrayBuffer();
      await reset();
    },
    metric: async (name, filter) => {
      const page = await fetch(`${world.urls.admin}/metrics`);
      return sumOf(await page.text(), name, filter);
    },
    close: async () => {
      await world.close();
      await Promise.all(upstreams.map((upstream) => upstream.close()));
    },
  };
}

/** A chat call by an ordinary client. */
export function chat(
  gateway: string,
  {
    headers = {},
    body = CHAT,
    path = "/v1/chat/completions",
  }: { headers?: Record<string, string>; body?: string; path?: string } = {},
): Promise<Response> {
  return fetch(`${gateway}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${PARTNER_KEY}`, "content-type": "application/json", ...headers },
    body,
  });
}

/** The `error` object of an OpenAI error answer. */
export async function errorOf(response: Response): Promise<Record<string, unknown>> {
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return error;
}

/** Leaves Azure one region, so that a test knows which connection pool a call takes. */
export function oneRegion(configuration: Configuration): Configuration {
  return withAzureRegions(configuration, (regions) => regions.slice(0, 1));
}

/** Changes Azure's regions, such as the address of one. */
export function withAzureRegions(
  configuration: Configuration,
  change: (regions: readonly ProviderRegion[]) => readonly ProviderRegion[],
): Configuration {
  const { world } = configuration;
  const providers = new Map(world.providers);
  const azure = providers.get("azure");
  if (!azure) throw new Error("the shipped configuration has azure");
  providers.set("azure", { ...azure, regions: change(azure.regions) });
  return {
    ...configuration,
    world: { ...world, providers, deployments: deploymentsOf([...providers.values()]) },
  };
}
