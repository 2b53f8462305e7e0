/** Reading an uploaded JSONL file line by line, a little at a time. */

import { createInterface } from "node:readline";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FileStore, StoredFile } from "./file-store.ts";

export interface FileLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

const LINES_A_TURN = 200;

/** The lines that are not blank; lets other work run every 200 lines. Throws when the file is gone. */
export async function* readLines(store: FileStore, file: StoredFile): AsyncGenerator<FileLine> {
  const content = store.open(file);
  const lines = createInterface({ input: content, crlfDelay: Infinity });
  let failure: unknown;
  content.once("error", (error) => {
    failure = error;
    lines.close();
  });
  let number = 0;
  try {
    for await (const text of lines) {
      number += 1;
      if (number % LINES_A_TURN === 0) await nextTurn();
      if (text.trim() !== "") yield { number, text };
    }
  } finally {
    content.destroy();
  }
  if (failure !== undefined) throw failure;
}
