/**
 * The mock Azure: two regions that share nothing but the meter. Departures from the real one: no quota and no 429 yet; `stop`, tools
 * and sampling settings change nothing; no prompt caching, so cached tokens are 0; batches run in seconds.
 */

import type { Application } from "express";
import type { RunningServer } from "../../http/listener.ts";
import type { CloudOptions } from "../cloud-options.ts";
import type { Authenticate } from "../http/authenticate.ts";
import { createRouter, type Route } from "../http/router.ts";
import {
  CHAT_ROUTES,
  EMBEDDING_ROUTES,
  FILE_ROUTES,
  MODEL_ROUTES,
  STATE_ROUTES,
} from "../operations/routes.ts";
import type { CloudService } from "../service.ts";
import { startCloud } from "../start-cloud.ts";
import { createBatchStore } from "./batches/batch-store.ts";
import { cancelBatch, createBatch, getBatch, listBatches } from "./batches/batches.ts";
import { AZURE_REGIONS, azureDialect, checkApiVersion } from "./model.ts";

/**
 * Starts Azure: `{url}/{region}/openai/deployments/{deployment}/…` and `{url}/{region}/openai/…`, both with `?api-version=`, and
 * `{url}/{region}/openai/v1/…`. Rejects as `startCloud` does.
 */
export async function startAzure(options: CloudOptions): Promise<RunningServer> {
  return await startCloud(options, {
    provider: "azure",
    regions: Object.keys(AZURE_REGIONS),
    dialect: azureDialect,
    mount: mountRegion,
  });
}

function mountRegion(app: Application, service: CloudService, authenticate: Authenticate): void {
  const batches = batchRoutes();
  const base = `/${service.region}/openai`;
  const common = { service, authenticate, takesApiKey: true };
  const dated = { ...common, takesBearer: false, check: checkApiVersion };
  const everywhere = [...STATE_ROUTES, ...FILE_ROUTES, ...batches, ...MODEL_ROUTES];
  app.use(
    `${base}/deployments/:deployment`,
    createRouter({ ...dated, routes: [...CHAT_ROUTES, ...EMBEDDING_ROUTES, ...batches] }),
  );
  app.use(
    `${base}/v1`,
    createRouter({
      ...common,
      takesBearer: true,
      routes: [...CHAT_ROUTES, ...EMBEDDING_ROUTES, ...everywhere],
    }),
  );
  app.use(base, createRouter({ ...dated, routes: everywhere }));
}

function batchRoutes(): readonly Route[] {
  const batches = createBatchStore();
  return [
    {
      method: "post",
      path: "/batches",
      operation: "batches.create",
      run: (call) => createBatch(call, batches),
    },
    { method: "get", path: "/batches", operation: "batches.list", run: (call) => listBatches(call, batches) },
    { method: "get", path: "/batches/:id", operation: "batches.get", run: (call) => getBatch(call, batches) },
    {
      method: "post",
      path: "/batches/:id/cancel",
      operation: "batches.cancel",
      run: (call) => cancelBatch(call, batches),
    },
  ];
}
