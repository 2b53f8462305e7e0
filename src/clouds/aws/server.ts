/**
 * The stateful runtime on the AWS stand-in: responses and conversations with memory, and chat. It serves whatever model it is given:
 * what may run here is for the gateway to decide, and a misrouted call must show in this meter. Departures from a real one: `stop`,
 * tools and sampling settings change nothing.
 */

import type { RunningServer } from "../../http/listener.ts";
import type { CloudOptions } from "../cloud-options.ts";
import { openAiDialect } from "../dialect-openai.ts";
import { createRouter } from "../http/router.ts";
import {
  CHAT_ROUTES,
  EMBEDDING_ROUTES,
  FILE_ROUTES,
  MODEL_ROUTES,
  STATE_ROUTES,
} from "../operations/routes.ts";
import { startCloud } from "../start-cloud.ts";

const REGION = "us-east-1";

/** Starts the runtime at `{url}/v1/…`. Rejects as `startCloud` does. */
export async function startAws(options: CloudOptions): Promise<RunningServer> {
  return await startCloud(options, {
    provider: "aws",
    regions: [REGION],
    dialect: openAiDialect,
    mount: (app, service, authenticate) => {
      const routes = [...CHAT_ROUTES, ...EMBEDDING_ROUTES, ...STATE_ROUTES, ...FILE_ROUTES, ...MODEL_ROUTES];
      app.use("/v1", createRouter({ service, authenticate, routes, takesApiKey: false, takesBearer: true }));
    },
  });
}
