/** Uploaded files: content on disk, facts in memory, each in the scope of a project. */

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, type ReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createId } from "../ids.ts";

export interface StoredFile {
  readonly id: string;
  /** Where its content is; another name than `id` for a file that came from another cloud. */
  readonly contentId: string;
  readonly project: string | null;
  readonly filename: string;
  readonly purpose: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly createdAtMs: number;
}

export interface FileFacts {
  readonly project: string | null;
  readonly filename: string;
  readonly purpose: string;
  readonly createdAtMs: number;
}

/** Content that is on disk and has no facts yet: in an upload the facts may follow the content. */
export interface ReceivedContent {
  readonly id: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface FileStore {
  /** Writes a stream to disk without holding it in memory; what was written is removed again when the stream fails. */
  receive(content: Readable): Promise<ReceivedContent>;
  /** Gives received content its facts and makes it findable, under a new id unless `id` names one. */
  add(content: ReceivedContent, facts: FileFacts, id?: string): StoredFile;
  /** Removes content that no file came of. */
  discard(content: ReceivedContent): Promise<void>;
  /** Null when unknown or another project's. */
  find(project: string | null, id: string): StoredFile | null;
  /** True when the id is taken, by whomever. */
  holds(id: string): boolean;
  /** Files of a project, oldest first. */
  list(project: string | null): readonly StoredFile[];
  open(file: StoredFile): ReadStream;
  remove(file: StoredFile): Promise<void>;
}

/** A folder for the files of one cloud. */
export interface FileFolder {
  /** An empty store of its own. */
  region(): FileStore;
  /** Removes everything. */
  close(): Promise<void>;
}

const MOST_FILES = 5_000;
const MOST_BYTES = 4 * 1_073_741_824;

/** Makes a fresh folder under `parent`, the system's temporary folder by default. */
export async function openFileFolder(parent: string = tmpdir()): Promise<FileFolder> {
  const folder = await mkdtemp(join(parent, "clauseway-files-"));
  return {
    region: () => createFileStore(folder),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A store in `folder`. Beyond 5,000 files or 4 GiB the oldest file goes. */
function createFileStore(folder: string): FileStore {
  const files = new Map<string, StoredFile>();
  let keptBytes = 0;

  const pathOf = (id: string): string => join(folder, id);
  const forget = (file: StoredFile): Promise<void> => {
    if (files.delete(file.id)) keptBytes -= file.bytes;
    return rm(pathOf(file.contentId), { force: true });
  };
  const makeRoom = (): void => {
    for (const oldest of files.values()) {
      if (files.size <= MOST_FILES && keptBytes <= MOST_BYTES) return;
      void forget(oldest);
    }
  };

  return {
    async receive(content) {
      const id = createId("file-");
      const measure = createMeasure();
      try {
        await pipeline(content, measure.stream, createWriteStream(pathOf(id), { flags: "wx", mode: 0o600 }));
      } catch (error) {
        await rm(pathOf(id), { force: true });
        throw error;
      }
      return { id, ...measure.result() };
    },
    add({ id: contentId, bytes, sha256 }, facts, id = contentId) {
      const file: StoredFile = { id, contentId, bytes, sha256, ...facts };
      files.set(file.id, file);
      keptBytes += file.bytes;
      makeRoom();
      return file;
    },
    discard: (content) => rm(pathOf(content.id), { force: true }),
    find(project, id) {
      const file = files.get(id);
      return file && file.project === project ? file : null;
    },
    holds: (id) => files.has(id),
    list: (project) => [...files.values()].filter((file) => file.project === project),
    open: (file) => createReadStream(pathOf(file.contentId)),
    remove: forget,
  };
}

/** Counts and hashes what passes. */
function createMeasure(): { stream: Transform; result(): { bytes: number; sha256: string } } {
  const hash = createHash("sha256");
  let bytes = 0;
  return {
    stream: new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    }),
    result: () => ({ bytes, sha256: hash.digest("hex") }),
  };
}
