/** Writes what may be longer than memory should hold: to standard output, or to a file that is there only when it is whole. */

import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { getSystemErrorMessage } from "node:util";
import { UsageError } from "../app/settings.ts";

/** Standard output does not take what is written, such as on a full disk. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  readonly code = "output_not_written";

  constructor(cause: NodeJS.ErrnoException) {
    super(`cannot write the output: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Writes the parts one after the other, as fast as they are taken. `file` null is standard output, whose reader may stop early.
 * Rejects with UsageError for a file that cannot be written; then there is none, or the one that was there before.
 */
export async function writeParts(parts: AsyncIterable<string>, file: string | null): Promise<void> {
  if (file === null) {
    for await (const part of parts) if (!(await write(process.stdout, part))) return;
    return;
  }
  const unfinished = `${file}.unfinished`;
  try {
    const stream = createWriteStream(unfinished);
    await once(stream, "open");
    for await (const part of parts) await writeAll(stream, part);
    await new Promise<void>((resolve, reject) => {
      stream.once("error", reject);
      stream.end(resolve);
    });
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    const code = error instanceof Error && "code" in error && "syscall" in error ? String(error.code) : null;
    if (code === null) throw error;
    throw new UsageError(`cannot write ${file} (${code}); choose another with --out`);
  }
}

/** In the system's own words. */
function reasonOf({ errno, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? message : getSystemErrorMessage(errno);
}

async function writeAll(stream: Writable, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** False once nobody reads any more. */
async function write(stream: Writable, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    stream.write(text, (error) => resolve(!error));
  });
}
