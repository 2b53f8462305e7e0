/** Reading a multipart upload as it arrives: the content never lies in memory as a whole. */

import busboy from "busboy";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { CloudError } from "../cloud-error.ts";
import type { CloudCall } from "../http/call.ts";
import { ClientGoneError } from "../http/read-body.ts";
import type { FileStore, ReceivedContent } from "./file-store.ts";

/** The largest file the API takes (OpenAI reference, files). */
const FILE_LIMIT_BYTES = 512 * 1_048_576;

export interface Upload {
  readonly content: ReceivedContent;
  readonly filename: string;
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Receives one file and its fields, in any order. Throws CloudError 400 when the body is not such a form, 413 over 512 MiB,
 * ClientGoneError when the client leaves; nothing is left on disk then.
 */
export async function receiveUpload(call: CloudCall, store: FileStore): Promise<Upload> {
  const form = openForm(call);
  const fields = new Map<string, string>();
  const arriving: Promise<ReceivedFile>[] = [];
  form.on("field", (name, value) => {
    fields.set(name ?? "", value);
  });
  form.on("file", (name, stream, { filename }) => {
    if (name === "file" && arriving.length === 0)
      arriving.push(receiveFile(store, stream, filename ?? "file"));
    else stream.resume();
  });
  // Both at once: when the client leaves, form and file fail together and neither may go unheard.
  const [read, stored] = await Promise.allSettled([readForm(call, form), firstOf(form, arriving)]);
  if (read.status === "rejected") throw read.reason;
  if (stored.status === "rejected") throw stored.reason;
  const file = stored.value;
  if (!file) throw new CloudError(400, "missing_required_parameter", "the form holds no `file`", "file");
  if (file.tooLarge) {
    await store.discard(file.content);
    throw new CloudError(413, "file_too_large", `a file may hold at most ${FILE_LIMIT_BYTES} bytes`, "file");
  }
  return { content: file.content, filename: file.filename, fields };
}

interface ReceivedFile {
  readonly content: ReceivedContent;
  readonly filename: string;
  readonly tooLarge: boolean;
}

/** The file, once the form is through; null when it held none. */
async function firstOf(
  form: busboy.Busboy,
  arriving: readonly Promise<ReceivedFile>[],
): Promise<ReceivedFile | null> {
  await once(form, "close").catch(() => undefined);
  return (await arriving[0]) ?? null;
}

function openForm(call: CloudCall): busboy.Busboy {
  try {
    return busboy({
      headers: call.request.headers,
      limits: { files: 1, fields: 32, fieldSize: 65_536, fileSize: FILE_LIMIT_BYTES },
    });
  } catch {
    throw new CloudError(400, "invalid_form", "expected a body of type `multipart/form-data`");
  }
}

async function receiveFile(
  store: FileStore,
  stream: Readable & { truncated?: boolean },
  filename: string,
): Promise<ReceivedFile> {
  const content = await store.receive(stream);
  return { content, filename, tooLarge: stream.truncated === true };
}

/** Ends the form's open file stream too, when the client leaves: busboy then reports an unexpected end. */
function readForm(call: CloudCall, form: busboy.Busboy): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      form.destroy(new ClientGoneError("the client left while its upload was arriving"));
    };
    call.request.on("aborted", leave);
    form.on("error", (error: unknown) => {
      call.request.unpipe(form);
      call.request.resume();
      reject(
        error instanceof ClientGoneError
          ? error
          : new CloudError(400, "invalid_form", "the multipart form is cut short or malformed"),
      );
    });
    form.on("close", resolve);
    call.request.pipe(form);
  });
}
