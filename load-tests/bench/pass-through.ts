/**
 * The bare pass-through that the gateway is measured against: express and http-proxy with a keep-alive agent, and nothing else.
 *   node load-tests/bench/pass-through.ts http://127.0.0.1:PORT
 */

import { Agent } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { createProxyServer } from "http-proxy";

const target = process.argv[2];
if (target === undefined) throw new Error("usage: pass-through.ts UPSTREAM_URL");

const proxy = createProxyServer({ target, agent: new Agent({ keepAlive: true }) });
proxy.on("error", (_error, _request, response) => {
  if ("writeHead" in response && !response.headersSent) response.writeHead(502);
  response.end();
});

const app = express();
app.disable("x-powered-by");
app.use((request, response) => {
  void proxy.web(request, response);
});
const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`pass-through http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
