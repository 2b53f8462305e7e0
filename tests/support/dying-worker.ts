/** A ledger worker that opens well and dies at its first message. */

import { parentPort } from "node:worker_threads";

parentPort?.once("message", () => process.exit(1));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin, unlike a window
parentPort?.postMessage({ kind: "ready" });
