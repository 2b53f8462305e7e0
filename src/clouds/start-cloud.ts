/** What every mock cloud is made of: express in front, one service per region, one meter and one scheduler for all. */

import express, { type Application, type Request, type Response } from "express";
import type { ProviderId } from "../domain/call.ts";
import { listen, type RunningServer } from "../http/listener.ts";
import { CloudError } from "./cloud-error.ts";
import { indexModels } from "./cloud-model.ts";
import { checkSpeed, type CloudOptions } from "./cloud-options.ts";
import type { Dialect } from "./dialect.ts";
import { openFileFolder } from "./files/file-store.ts";
import { createAuthenticate, readCredential, type Authenticate } from "./http/authenticate.ts";
import { createMeter, type Meter } from "./meter.ts";
import { createScheduler } from "./scheduler.ts";
import type { CloudService } from "./service.ts";
import { createStateStore } from "./state/state-store.ts";

export interface CloudFace {
  readonly provider: ProviderId;
  readonly regions: readonly string[];
  readonly dialect: Dialect;
  /** Puts a region's operations under its paths. */
  mount(app: Application, service: CloudService, authenticate: Authenticate): void;
}

/** Uploads of 64 MiB and more come through these listeners. */
const REQUEST_TIMEOUT_MS = 600_000;
const METER_PAGE = { usual: 1_000, most: 10_000 };

/**
 * Starts a cloud. Rejects with the bind error, or RangeError for a speed that is not above 0 or an unknown latency preset. `close`
 * also removes every uploaded file.
 */
export async function startCloud(options: CloudOptions, face: CloudFace): Promise<RunningServer> {
  checkSpeed(options.speed);
  const models = indexModels(options.models);
  const { clock, speed, seed } = options;
  const authenticate = createAuthenticate(options.keys);
  const scheduler = createScheduler(clock);
  const meter = createMeter(face.provider);
  const files = await openFileFolder(options.uploadFolder);
  const onDefect = options.onDefect ?? (() => undefined);
  const common = {
    provider: face.provider,
    dialect: face.dialect,
    models,
    clock,
    speed,
    seed,
    scheduler,
    meter,
  };

  const app = express().disable("x-powered-by").disable("etag").set("query parser", false);
  app.get(["/livez", "/readyz"], (_request, response) => void response.json({ status: "ok" }));
  app.get("/meter", (request, response) => answerMeter(request, response, { authenticate, meter, face }));
  for (const region of face.regions) {
    const service: CloudService = {
      ...common,
      region,
      state: createStateStore(),
      files: files.region(),
      onDefect,
    };
    face.mount(app, service, authenticate);
  }
  app.use((_request, response) =>
    refuse(response, face, new CloudError(404, "unknown_path", "unknown request path")),
  );
  app.use(refuseUnreadable(face));

  const close = async (): Promise<void> => {
    scheduler.stop();
    await files.close();
  };
  try {
    const server = await listen(app, { ...options, requestTimeoutMs: REQUEST_TIMEOUT_MS });
    return { url: server.url, close: (graceMs) => server.close(graceMs).finally(close) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `GET /meter?after=SEQ&limit=N`: rows above `after` as NDJSON; `x-meter-dropped` counts rows that are gone. */
function answerMeter(
  request: Request,
  response: Response,
  cloud: { readonly authenticate: Authenticate; readonly meter: Meter; readonly face: CloudFace },
): void {
  const credential = readCredential(request, true);
  if (credential.key === null || cloud.authenticate(credential.key) === null) {
    const { status, body } = cloud.face.dialect.unauthorized(credential);
    response.status(status).json(body);
    return;
  }
  const query = new URLSearchParams(request.url.split("?", 2)[1] ?? "");
  const after = Number(query.get("after") ?? 0);
  const limit = Number(query.get("limit") ?? METER_PAGE.usual);
  if (!Number.isSafeInteger(after) || after < 0 || !Number.isSafeInteger(limit) || limit < 1) {
    const message = "`after` is a whole number from 0, `limit` one from 1";
    refuse(response, cloud.face, new CloudError(400, "invalid_value", message, "after"));
    return;
  }
  response
    .set({ "content-type": "application/x-ndjson", "x-meter-dropped": String(cloud.meter.dropped()) })
    .end(cloud.meter.read(after, Math.min(limit, METER_PAGE.most)));
}

/** A path that cannot be decoded reaches express's own error handling; it gets our shape too. */
function refuseUnreadable(face: CloudFace) {
  // Express knows an error handler by its four parameters.
  return (_error: unknown, _request: Request, response: Response, _next: () => void): void =>
    refuse(response, face, new CloudError(400, "invalid_value", "the request path cannot be decoded"));
}

function refuse(response: Response, face: CloudFace, error: CloudError): void {
  const { status, body } = face.dialect.error(error);
  response.status(status).json(body);
}
