/** The main thread's end of the ledger worker: sends groups and queries, hands replies back, notices its death. */

import { Worker } from "node:worker_threads";
import { LedgerError } from "../ledger-error.ts";
import type { Answers, FromWorker, Query, ToWorker } from "./messages.ts";
import type { Group } from "./encode.ts";
import type { Period } from "../../ledger/period.ts";

type Committed = Extract<FromWorker, { kind: "committed" }>;
type PeriodAnswer = Extract<FromWorker, { kind: "period-closed" | "period-refused" }>;

export interface WorkerClient {
  send(group: Group): void;
  closePeriod(period: Period, closedAtMs: number): void;
  query<N extends Query["name"]>(query: Extract<Query, { name: N }>): Promise<Answers[N]>;
  /** Asks the worker to let go of the file; resolves when it has ended. */
  close(): Promise<void>;
}

export interface WorkerHandlers {
  readonly onCommitted: (message: Committed) => void;
  readonly onPeriod: (message: PeriodAnswer) => void;
  /**
   * The worker is gone, or can no longer promise durability; told once, also after a close that was asked for. `isDamaged`: its
   * file is, so that another worker would be no better.
   */
  readonly onLost: (error: LedgerError, isDamaged: boolean) => void;
}

interface Asked {
  readonly resolve: (value: never) => void;
  readonly reject: (error: LedgerError) => void;
}

const YOUNG_GENERATION_MB = 12;

/** What the worker is told at its start. */
export interface WorkerData {
  readonly file: string;
  /** Bounds the file; null: not at all. */
  readonly maxPages: number | null;
  /** Whether the ledger was open before, and its writer was lost. */
  readonly again: boolean;
}

/** Starts `workerUrl` on a file. Rejects with the LedgerError that the worker met while it opened the ledger. */
export function startWorker(
  workerUrl: URL,
  workerData: WorkerData,
  handlers: WorkerHandlers,
): Promise<WorkerClient> {
  const worker = new Worker(workerUrl, {
    workerData,
    // No flags of ours: the worker needs none, and a test runner's loader would not work in it.
    execArgv: [],
    // A group is garbage as soon as it is written: a small young generation holds it and saves some 40 MB.
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const asked = new Map<number, Asked>();
  let lastId = 0;
  let lost: LedgerError | null = null;
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => resolve());
  });
  const lose = (error: LedgerError, isDamaged = false): void => {
    if (lost) return;
    lost = error;
    for (const { reject } of asked.values()) reject(error);
    asked.clear();
    handlers.onLost(error, isDamaged);
  };
  const post = (message: ToWorker): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin, unlike a window
    worker.postMessage(message);
  };

  const client: WorkerClient = {
    send: (group) => post({ kind: "group", group }),
    closePeriod: (period, closedAtMs) => post({ kind: "close-period", period, closedAtMs }),
    query: (query) =>
      new Promise((resolve, reject) => {
        if (lost) {
          reject(lost);
          return;
        }
        lastId += 1;
        asked.set(lastId, { resolve, reject });
        post({ kind: "query", id: lastId, query });
      }),
    close: async () => {
      post({ kind: "close" });
      await ended;
    },
  };

  return new Promise((resolve, reject) => {
    const fail = (error: LedgerError, isDamaged = false): void => {
      reject(error);
      lose(error, isDamaged);
    };
    worker.on("error", (error) => {
      fail(new LedgerError("LEDGER_UNAVAILABLE", "the ledger's writer thread died", { cause: error }));
    });
    worker.on("exit", () =>
      fail(new LedgerError("LEDGER_UNAVAILABLE", "the ledger's writer thread has ended")),
    );
    worker.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "ready":
          resolve(client);
          break;
        case "refused":
          fail(new LedgerError(message.code, message.message));
          break;
        case "broken":
          fail(wordBreak(message), message.isDamaged);
          break;
        case "committed":
          handlers.onCommitted(message);
          break;
        case "period-closed":
        case "period-refused":
          handlers.onPeriod(message);
          break;
        default:
          answer(asked, message);
      }
    });
  });
}

function wordBreak({ message, isDamaged }: Extract<FromWorker, { kind: "broken" }>): LedgerError {
  const mend = isDamaged ? "; restore it from a backup and restart the gateway" : "";
  return new LedgerError("LEDGER_UNAVAILABLE", `the ledger could not be written: ${message}${mend}`);
}

function answer(asked: Map<number, Asked>, message: Extract<FromWorker, { readonly id: number }>): void {
  const waiting = asked.get(message.id);
  asked.delete(message.id);
  if (message.kind === "answer") waiting?.resolve(message.value as never);
  else
    waiting?.reject(
      new LedgerError("LEDGER_UNAVAILABLE", `the ledger could not be read: ${message.message}`),
    );
}
