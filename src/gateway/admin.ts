/** The admin listener: metrics and health on a port of its own, so that proxied paths can never shadow them. */

import express, { type Request, type Response } from "express";
import { listen, type ListenOptions, type RunningServer } from "../http/listener.ts";
import { moneyByAgreement } from "../ledger/totals.ts";
import { closeMonth } from "./close-month.ts";
import type { Gateway } from "./gateway.ts";
import type { ReloadResult } from "./reload-result.ts";

const STATE_WORDS = { closed: "up", "half-open": "degraded", open: "down" } as const;

/** Starts the admin listener; rejects with the bind error when the port cannot be had. */
export function serveAdmin(
  gateway: Gateway,
  reload: () => ReloadResult,
  options: ListenOptions,
): Promise<RunningServer> {
  const app = express();
  app.disable("x-powered-by");
  app.get("/livez", (_request, response) => {
    response.type("text/plain").send("ok\n");
  });
  app.get("/readyz", (_request, response) => {
    const ready = gateway.closed === "no";
    response
      .status(ready ? 200 : 503)
      .type("text/plain")
      .send(ready ? "ok\n" : `${gateway.closed}\n`);
  });
  app.get("/metrics", async (_request, response) => {
    for (const [deployment, state] of gateway.health.states()) {
      gateway.telemetry.setUpstreamState(deployment, STATE_WORDS[state]);
    }
    if (gateway.telemetry.sharesAreOpen()) {
      gateway.telemetry.takeShares(moneyByAgreement(await gateway.store.summary()));
    }
    const text = await gateway.telemetry.renderText();
    response.set("content-type", gateway.telemetry.contentType).send(text);
  });
  app.get("/agreement", (_request, response) => {
    const { agreement, contractDate, digest } = gateway.inForce.world;
    const { id, title, regime, readingId, cellCount, acceptedWidenings } = agreement;
    response.json({
      id,
      title,
      regime,
      digest,
      reading: readingId,
      cells: cellCount,
      contractDate,
      acceptedWidenings,
    });
  });
  app.post("/agreement/reload", (request, response) => {
    if (isForeign(request)) {
      response.status(403).json({ message: "pages of other sites cannot ask for a reload" });
      return;
    }
    const result = reload();
    response.status(result.outcome === "refused" ? 422 : 200).json(result);
  });
  app.all("/agreement/reload", (_request, response) => {
    response.status(405).set("allow", "POST").json({ message: "reloading takes a POST" });
  });
  app.post("/periods/:period/close", (request, response) => {
    if (isForeign(request)) {
      response
        .status(403)
        .json({ code: "foreign_page", message: "pages of other sites cannot close a month" });
      return undefined;
    }
    return answerClose(gateway, request.params.period, response);
  });
  app.all("/periods/:period/close", (_request, response) => {
    response
      .status(405)
      .set("allow", "POST")
      .json({ code: "method_not_allowed", message: "closing takes a POST" });
  });
  app.get("/status", async (_request, response) => {
    response.json(await readStatus(gateway));
  });
  return listen(app, options);
}

async function answerClose(gateway: Gateway, period: string, response: Response): Promise<void> {
  const { status, body } = await closeMonth(gateway, period);
  response.status(status).json(body);
}

/** A page anywhere can have its reader's browser post here, and each reload stops the gateway for a moment. */
function isForeign(request: Request): boolean {
  const origin = request.get("origin");
  return origin !== undefined && URL.parse(origin)?.host !== request.get("host");
}

/** What the status line shows; from the ledger, save the refusals, which leave no row there. */
async function readStatus(gateway: Gateway): Promise<Record<string, unknown>> {
  const totals = await gateway.store.totals();
  return {
    calls: totals.calls,
    callsOnAzure: totals.byProvider["azure"] ?? 0,
    refused: gateway.refusedCalls,
    grossPicoUsd: totals.grossPicoUsd.toString(),
    partyPicoUsd: Object.fromEntries(
      Object.entries(totals.byParty).map(([party, amount]) => [party, amount.toString()]),
    ),
  };
}
