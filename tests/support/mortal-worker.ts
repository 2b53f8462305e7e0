/**
 * The ledger's worker, which dies when it is handed a call named `fatal`, before it writes it, at one named
 * `fatal-once-written` after it is committed, before that is told, and at one named `damaging` says that its file is damaged.
 */

import { parentPort } from "node:worker_threads";
import type { FromWorker, ToWorker } from "../../src/stores/sqlite/messages.ts";

const port = parentPort;
if (!port) throw new Error("this file runs as a worker thread only");
let isDying = false;
const tell = port.postMessage.bind(port) as (message: FromWorker) => void;

port.on("message", (message: ToWorker) => {
  if (message.kind !== "group") return;
  const ids = new Set(message.group.calls.map(({ id: [requestId] }) => requestId));
  if (ids.has("fatal")) process.exit(1);
  if (ids.has("damaging")) {
    tell({ kind: "broken", message: "database disk image is malformed", isDamaged: true });
    process.exit(1);
  }
  isDying = ids.has("fatal-once-written");
});
port.postMessage = (message: FromWorker) => {
  if (isDying && message.kind === "committed") process.exit(1);
  tell(message);
};

await import("../../src/stores/sqlite-worker.ts");
