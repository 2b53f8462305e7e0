/** The admin listener: metrics and health on a port of its own, so that proxied paths can never shadow them. */

import express, { type Express, type Request, type Response } from "express";
import { listen, type ListenOptions, type RunningServer } from "../http/listener.ts";
import { moneyByAgreement } from "../ledger/totals.ts";
import { LedgerError } from "../stores/ledger-error.ts";
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
  serveHealth(app, gateway);
  serveFigures(app, gateway);
  serveAgreement(app, gateway, reload);
  serveMonths(app, gateway);
  return listen(app, options);
}

function serveHealth(app: Express, gateway: Gateway): void {
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
}

function serveFigures(app: Express, gateway: Gateway): void {
  app.get("/metrics", async (_request, response) => {
    const text = await renderMetrics(gateway);
    response.set("content-type", gateway.telemetry.contentType).send(text);
  });
  app.get("/status", async (_request, response) => {
    try {
      response.json(await readStatus(gateway));
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      response.status(503).json({ code: "ledger_unavailable", message: error.message });
    }
  });
}

function serveAgreement(app: Express, gateway: Gateway, reload: () => ReloadResult): void {
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
}

function serveMonths(app: Express, gateway: Gateway): void {
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
}

/** The page tells of an outage too: while the ledger is away, shares that it must be asked for stay where they were. */
async function renderMetrics({ health, telemetry, store }: Gateway): Promise<string> {
  for (const [deployment, state] of health.states()) {
    telemetry.setUpstreamState(deployment, STATE_WORDS[state]);
  }
  if (telemetry.sharesAreOpen()) {
    const summary = await store.summary().catch((error: unknown) => {
      if (error instanceof LedgerError) return null;
      throw error;
    });
    if (summary !== null) telemetry.takeShares(moneyByAgreement(summary));
  }
  return telemetry.renderText();
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

/** What the status line shows; from the ledger, save the refusals, which leave no row there. Rejects while it is away. */
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
