/** `POST /handover/files`: taking over a file that another cloud kept, under the same id. Between clouds only. */

import { CloudError, invalidValue } from "../cloud-error.ts";
import type { ReceivedContent } from "../files/file-store.ts";
import type { CloudCall } from "../http/call.ts";
import { ClientGoneError } from "../http/read-body.ts";
import { replyJson } from "../http/reply.ts";
import { fileObject } from "./files.ts";

/** The largest input file of a batch (OpenAI reference, batch: 200 MB), in round binary. */
const HANDOVER_LIMIT_BYTES = 200 * 1_048_576;
const ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/**
 * Takes the bytes as the body, streamed to disk, and the facts as a query: `id`, `filename`, `purpose`, `created_at` (seconds since
 * 1970). The project is that of the header. Repeating a hand-over replaces the copy; an id that another project has here is 409.
 */
export async function takeOverFile(call: CloudCall): Promise<void> {
  const { files } = call.service;
  const id = call.query.get("id") ?? "";
  if (!ID.test(id)) throw invalidValue("id", "`id` must be an id");
  const createdAtSeconds = Number(call.query.get("created_at") ?? "");
  if (!Number.isSafeInteger(createdAtSeconds))
    throw invalidValue("created_at", "`created_at` must be a whole number");
  const announced = Number(call.request.headers["content-length"] ?? Number.NaN);
  if (!(announced <= HANDOVER_LIMIT_BYTES)) {
    throw new CloudError(
      413,
      "file_too_large",
      `a handed-over file announces its size, at most ${HANDOVER_LIMIT_BYTES} bytes`,
    );
  }
  refuseForeign(call, id);
  const content = await receive(call);
  const known = files.find(call.project, id);
  if (known) await files.remove(known);
  const file = files.add(
    content,
    {
      project: call.project,
      filename: call.query.get("filename") ?? "file",
      purpose: call.query.get("purpose") ?? "user_data",
      createdAtMs: createdAtSeconds * 1_000,
    },
    id,
  );
  replyJson(call, fileObject(file));
}

function refuseForeign(call: CloudCall, id: string): void {
  const { files } = call.service;
  if (files.holds(id) && !files.find(call.project, id)) {
    throw new CloudError(409, "conflict", `\`${id}\` is kept here for another project`);
  }
}

/** A body that is cut short leaves nothing behind: the parser makes it exactly as long as announced, or fails. */
async function receive(call: CloudCall): Promise<ReceivedContent> {
  try {
    return await call.service.files.receive(call.request);
  } catch (error) {
    if (call.request.complete) throw error;
    throw new ClientGoneError("the other cloud left while the file was arriving", { cause: error });
  }
}
