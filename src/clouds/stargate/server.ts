/**
 * The training cluster on the Stargate stand-in: files and fine-tuning jobs. Departures from the real one: jobs take seconds, a file
 * of a single example will do, validation files are noted and not read, `pause` and `resume` do not exist.
 */

import type { RunningServer } from "../../http/listener.ts";
import type { CloudOptions } from "../cloud-options.ts";
import { openAiDialect } from "../dialect-openai.ts";
import { createRouter, type Route } from "../http/router.ts";
import { FILE_ROUTES, MODEL_ROUTES } from "../operations/routes.ts";
import { startCloud } from "../start-cloud.ts";
import { cancelJob, createJob, getJob, listCheckpoints, listEvents, listJobs } from "./fine-tuning.ts";
import { createJobStore } from "./job-store.ts";

const REGION = "abilene";

/** Starts the cluster at `{url}/v1/…`. Rejects as `startCloud` does. */
export async function startStargate(options: CloudOptions): Promise<RunningServer> {
  return await startCloud(options, {
    provider: "stargate",
    regions: [REGION],
    dialect: openAiDialect,
    mount: (app, service, authenticate) => {
      const routes = [...FILE_ROUTES, ...jobRoutes(), ...MODEL_ROUTES];
      app.use("/v1", createRouter({ service, authenticate, routes, takesApiKey: false, takesBearer: true }));
    },
  });
}

function jobRoutes(): readonly Route[] {
  const jobs = createJobStore();
  const path = "/fine_tuning/jobs";
  return [
    { method: "post", path, operation: "fine_tuning.jobs.create", run: (call) => createJob(call, jobs) },
    { method: "get", path, operation: "fine_tuning.jobs.list", run: (call) => listJobs(call, jobs) },
    {
      method: "get",
      path: `${path}/:id`,
      operation: "fine_tuning.jobs.get",
      run: (call) => getJob(call, jobs),
    },
    {
      method: "post",
      path: `${path}/:id/cancel`,
      operation: "fine_tuning.jobs.cancel",
      run: (call) => cancelJob(call, jobs),
    },
    {
      method: "get",
      path: `${path}/:id/events`,
      operation: "fine_tuning.jobs.events",
      run: (call) => listEvents(call, jobs),
    },
    {
      method: "get",
      path: `${path}/:id/checkpoints`,
      operation: "fine_tuning.jobs.checkpoints",
      run: (call) => listCheckpoints(call, jobs),
    },
  ];
}
