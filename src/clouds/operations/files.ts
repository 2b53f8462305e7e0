/** The Files API. */

import { deleted } from "../../wire/openai/models.ts";
import { CloudError, notFound } from "../cloud-error.ts";
import type { StoredFile } from "../files/file-store.ts";
import { receiveUpload } from "../files/receive-upload.ts";
import type { CloudCall } from "../http/call.ts";
import { record, recordGone, replyJson } from "../http/reply.ts";
import { cutPage, FILE_PAGES, inOrder } from "./pages.ts";

const PURPOSES = new Set(["fine-tune", "batch", "assistants", "vision", "user_data", "evals"]);

/** `POST /files`: streamed to disk. */
export async function createFile(call: CloudCall): Promise<void> {
  const { files } = call.service;
  const { content, filename, fields } = await receiveUpload(call, files);
  const purpose = fields.get("purpose") ?? "";
  if (!PURPOSES.has(purpose)) {
    await files.discard(content);
    throw new CloudError(
      400,
      "invalid_value",
      `\`${purpose.slice(0, 64)}\` is not a purpose of files`,
      "purpose",
    );
  }
  const file = files.add(content, {
    project: call.project,
    filename,
    purpose,
    createdAtMs: call.startedAtMs,
  });
  replyJson(call, fileObject(file));
}

/** `GET /files`, newest first; `purpose` narrows. */
export function listFiles(call: CloudCall): void {
  const purpose = call.query.get("purpose");
  const listed = call.service.files
    .list(call.project)
    .filter((file) => purpose === null || file.purpose === purpose)
    .map(fileObject);
  replyJson(call, cutPage(inOrder(listed, call.query), call.query, FILE_PAGES));
}

/** `GET /files/{id}`. */
export function getFile(call: CloudCall): void {
  replyJson(call, fileObject(findFile(call)));
}

/** `GET /files/{id}/content`: the bytes as they were uploaded. */
export async function getFileContent(call: CloudCall): Promise<void> {
  const file = findFile(call);
  const content = call.service.files.open(file);
  await new Promise<void>((resolve, reject) => {
    content.once("error", reject);
    content.once("open", () => {
      record(call, 200, {});
      call.response.writeHead(200, {
        ...call.service.dialect.replyHeaders(call),
        "content-type": "application/octet-stream",
        "content-length": file.bytes,
        etag: `"${file.sha256}"`,
      });
      content.pipe(call.response);
      call.gone.addEventListener("abort", () => content.destroy(), { once: true });
      content.once("close", resolve);
    });
  });
}

/** `DELETE /files/{id}`. */
export async function deleteFile(call: CloudCall): Promise<void> {
  const file = findFile(call);
  await call.service.files.remove(file);
  if (call.gone.aborted) recordGone(call);
  else replyJson(call, deleted(file.id, "file"));
}

/** The file as the API shows it; `sha256` is ours. */
export function fileObject(file: StoredFile): { readonly id: string; readonly [field: string]: unknown } {
  return {
    id: file.id,
    object: "file",
    bytes: file.bytes,
    created_at: Math.floor(file.createdAtMs / 1000),
    expires_at: null,
    filename: file.filename,
    purpose: file.purpose,
    status: "processed",
    status_details: null,
    sha256: file.sha256,
  };
}

function findFile(call: CloudCall): StoredFile {
  const file = call.service.files.find(call.project, call.id);
  if (!file) throw notFound("file", call.id);
  return file;
}
