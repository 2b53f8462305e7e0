/** How long a call is worth pursuing: until its client has left or its time is up. */

import type { ServerResponse } from "node:http";
import type { Call } from "./call.ts";
import type { GatewayLimits } from "./gateway.ts";

interface Patience {
  readonly signal: AbortSignal;
  readonly clientGone: () => boolean;
  readonly end: () => void;
}

/** Ends the upstream call when the client has left (at once, or after the `drain` policy's bound) or time is up. */
export function watchClient(limits: GatewayLimits, call: Call, response: ServerResponse): Patience {
  const controller = new AbortController();
  const { drainTimeoutMs, totalTimeoutMs } = limits;
  let gone = false;
  let timer = setTimeout(
    () => controller.abort(new DOMException("too long", "TimeoutError")),
    totalTimeoutMs,
  );
  const onClose = (): void => {
    if (response.writableFinished) return;
    gone = true;
    clearTimeout(timer);
    if (call.partner?.abort === "drain") timer = setTimeout(() => controller.abort(), drainTimeoutMs);
    else controller.abort();
  };
  response.on("close", onClose);
  // It may have left while its call was planned or its state moved.
  if (response.destroyed) onClose();
  return {
    signal: controller.signal,
    clientGone: () => gone,
    end: () => {
      clearTimeout(timer);
      response.off("close", onClose);
    },
  };
}
