/** Moving a file from the provider that keeps it to the one that needs it: streamed through, never held here. */

import type { Readable } from "node:stream";
import type { JsonObject, JsonValue } from "../domain/json.ts";
import type { StateEntry } from "../domain/state.ts";
import { HandOverError, type Ask } from "./hand-over-ask.ts";
import type { UpstreamHandle } from "./upstream.ts";
import { headersFor } from "./upstream-headers.ts";

/** The largest input file of a batch (OpenAI reference, batch: 200 MB), in round binary. */
const MAX_FILE_BYTES = 200 * 1_048_576;
const TRANSFER_TIMEOUT_MS = 120_000;

/**
 * Reads the file's facts and bytes from `holder` and imports them at `receiver` under the same id. Throws HandOverError when one of
 * them does not do its part, or for a file over 200 MiB.
 */
export async function moveFile(
  ask: Ask,
  { id, partner }: StateEntry,
  sides: { readonly holder: UpstreamHandle; readonly receiver: UpstreamHandle; readonly requestId: string },
): Promise<void> {
  const { holder, receiver, requestId } = sides;
  const file = await ask(holder, "GET", `/files/${id}`, null);
  const bytes = file["bytes"];
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) {
    throw new HandOverError(`${holder.provider.id} does not say how large \`${id}\` is`);
  }
  if (bytes > MAX_FILE_BYTES) {
    throw new HandOverError(
      `\`${id}\` holds ${bytes} bytes, and at most ${MAX_FILE_BYTES} can be moved`,
      "limit_exceeded",
    );
  }
  const signal = AbortSignal.timeout(TRANSFER_TIMEOUT_MS);
  const common = { signal, firstByteTimeoutMs: TRANSFER_TIMEOUT_MS };
  const content = await holder.send({
    ...common,
    method: "GET",
    path: `/files/${id}/content`,
    headers: headersFor(holder.provider, { requestId, partner, contentType: null }),
    body: null,
  });
  if (content.statusCode !== 200) {
    await content.body.dump();
    throw new HandOverError(
      `${holder.provider.id} answered ${content.statusCode} for the content of \`${id}\``,
    );
  }
  const imported = await receiver.send({
    ...common,
    method: "POST",
    path: `/handover/files?${factsOf(id, file)}`,
    headers: {
      ...headersFor(receiver.provider, { requestId, partner, contentType: "application/octet-stream" }),
      "content-length": String(bytes),
    },
    body: content.body as Readable,
  });
  await imported.body.dump();
  if (imported.statusCode >= 300) {
    throw new HandOverError(`${receiver.provider.id} answered ${imported.statusCode} when given \`${id}\``);
  }
}

function factsOf(id: string, file: JsonObject): string {
  return new URLSearchParams({
    id,
    filename: text(file["filename"]),
    purpose: text(file["purpose"]),
    created_at: text(file["created_at"]),
  }).toString();
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
