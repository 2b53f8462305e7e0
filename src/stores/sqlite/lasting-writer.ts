/** The ledger's writer thread, started anew when it was lost: a disk that was full has room again, a thread that died is replaced. */

import { LedgerError } from "../ledger-error.ts";
import { startWorker, type WorkerClient, type WorkerHandlers } from "./worker-client.ts";

export interface LastingWriter extends Pick<WorkerClient, "send" | "closePeriod" | "query"> {
  /** Ends the writer, or the attempts to have one again. */
  close(): Promise<void>;
}

interface Options {
  readonly workerUrl: URL;
  readonly file: string;
  /** Asked for each start. */
  readonly maxPages: () => number | null;
  /** How long to wait after a loss, and after an attempt that failed. */
  readonly reopenMs: number;
  /** `onLost` is told of the loss, and of each attempt that failed. */
  readonly handlers: Pick<WorkerHandlers, "onCommitted" | "onPeriod"> & {
    readonly onLost: (error: LedgerError) => void;
    /** There is a writer again; it knows nothing of what the one before was told. */
    readonly onBack: () => void;
  };
}

/** Rejects with the LedgerError of a first start that failed: only what once was open is opened again. */
export async function startLastingWriter(options: Options): Promise<LastingWriter> {
  const { workerUrl, file, maxPages, reopenMs, handlers } = options;
  let closing = false;
  /** Why there is no writer now, by the latest attempt. */
  let reason: LedgerError | null = null;
  let timer: NodeJS.Timeout | null = null;
  let attempt: Promise<void> = Promise.resolve();

  const start = async (again: boolean): Promise<WorkerClient> => {
    let started = false;
    const onLost = (error: LedgerError, isDamaged: boolean): void => {
      if (started) lose(error, isDamaged);
    };
    const client = await startWorker(
      workerUrl,
      { file, maxPages: maxPages(), again },
      { ...handlers, onLost },
    );
    started = true;
    return client;
  };
  const lose = (error: LedgerError, isDamaged: boolean): void => {
    reason = error;
    handlers.onLost(error);
    // A damaged file would take some calls and lose others, again and again.
    if (closing || isDamaged) return;
    timer = setTimeout(() => {
      attempt = startAgain();
    }, reopenMs).unref();
  };
  const startAgain = async (): Promise<void> => {
    // Until the lost one has let go of the file: two must never have it open.
    await worker.close();
    if (closing) return;
    try {
      worker = await start(true);
    } catch (error) {
      lose(wordAttempt(error), false);
      return;
    }
    if (closing) return;
    reason = null;
    handlers.onBack();
  };
  let worker = await start(false);

  return {
    send: (group) => worker.send(group),
    closePeriod: (period, closedAtMs) => worker.closePeriod(period, closedAtMs),
    query: (query) => (reason === null ? worker.query(query) : Promise.reject(reason)),
    close: async () => {
      closing = true;
      if (timer !== null) clearTimeout(timer);
      await attempt;
      await worker.close();
    },
  };
}

function wordAttempt(error: unknown): LedgerError {
  const reason = error instanceof Error ? error.message : String(error);
  return new LedgerError("LEDGER_UNAVAILABLE", `the ledger cannot be opened again: ${reason}`, {
    cause: error,
  });
}
