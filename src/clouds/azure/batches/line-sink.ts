/** Writing the lines of an output file as they come, to disk and not to memory. */

import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { FileFacts, FileStore, StoredFile } from "../../files/file-store.ts";

export interface LineSink {
  write(line: string): Promise<void>;
  /** The finished file; null when no line was written. */
  end(facts: FileFacts): Promise<StoredFile | null>;
}

/** A sink that opens its file with the first line. */
export function createLineSink(store: FileStore): LineSink {
  let open: { readonly stream: PassThrough; readonly received: ReturnType<FileStore["receive"]> } | null =
    null;
  return {
    async write(line) {
      if (open === null) {
        const stream = new PassThrough();
        open = { stream, received: store.receive(stream) };
      }
      if (!open.stream.write(line)) await once(open.stream, "drain");
    },
    async end(facts) {
      if (open === null) return null;
      open.stream.end();
      return store.add(await open.received, facts);
    },
  };
}
