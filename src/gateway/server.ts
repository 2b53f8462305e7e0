/** The gateway's listener: plain `node:http`, since on this path express would cost on every call and give nothing. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createBoundedServer, listenWith, type ListenOptions, type RunningServer } from "../http/listener.ts";
import type { Gateway } from "./gateway.ts";
import { handleCall } from "./handle-call.ts";

/** An upload of the largest accepted size may take this long to arrive; JSON bodies have their own, shorter limit. */
const UPLOAD_TIMEOUT_MS = 600_000;

/** Starts listening; rejects with the bind error when the port cannot be had. Resolves `close` when every call has ended. */
export async function serveGateway(gateway: Gateway, options: ListenOptions): Promise<RunningServer> {
  const underWay = new Set<Promise<void>>();
  const handle = (request: IncomingMessage, response: ServerResponse, sendContinue: () => void): void => {
    const call = handleCall(gateway, request, response, sendContinue);
    underWay.add(call);
    void call.finally(() => underWay.delete(call));
  };
  const server = createBoundedServer((request, response) => handle(request, response, nothing), {
    requestTimeoutMs: UPLOAD_TIMEOUT_MS,
  });
  // Without this listener Node would ask for the body before we know who calls.
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    let sent = false;
    handle(request, response, () => {
      if (!sent) response.writeContinue();
      sent = true;
    });
  });
  server.on("upgrade", (_request: IncomingMessage, socket: Duplex) =>
    refuseRaw(socket, "426 Upgrade Required"),
  );
  server.on("connect", (_request: IncomingMessage, socket: Duplex) =>
    refuseRaw(socket, "405 Method Not Allowed"),
  );
  const running = await listenWith(server, options);
  return {
    url: running.url,
    close: async (graceMs) => {
      if (gateway.closed === "no") gateway.closed = "shutting_down";
      await running.close(graceMs);
      await Promise.allSettled(underWay);
    },
  };
}

function nothing(): void {
  // A request without `Expect` is waiting for nothing.
}

/** Such a request would become a raw tunnel, which nothing could decide or meter. */
function refuseRaw(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
