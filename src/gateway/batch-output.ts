/** Reading what each request of a batch used from the batch's output file, at the provider that holds it: no inference. */

import { StringDecoder } from "node:string_decoder";
import type { BatchRequests } from "../domain/batch-requests.ts";
import type { Usage } from "../domain/usage.ts";
import { readLineUsage } from "../wire/openai/batches.ts";
import type { UpstreamHandle } from "./upstream.ts";
import type { RequestHeaders } from "./upstream-headers.ts";

/** The most that a batch may hold (OpenAI reference, batch). */
const MOST_REQUESTS = 50_000;
/** 20 KiB an answer. It is read as it comes, so it is never in memory whole. */
const MAX_FILE_BYTES = 1_000 * 1_048_576;
/** What one answer may hold when it is asked for by itself. */
const MAX_LINE_CHARACTERS = 64 * 1_048_576;
const TRANSFER_TIMEOUT_MS = 120_000;
const FIRST_BYTE_TIMEOUT_MS = 10_000;

/**
 * Resolves with the usage of each request, or with why the file does not tell it. Rejects where waiting may help: the holder is
 * not to be reached, fails, or breaks off, or `stopping` is aborted.
 */
export async function readBatchOutput(
  holder: UpstreamHandle,
  fileId: string,
  { headers, stopping }: { readonly headers: RequestHeaders; readonly stopping: AbortSignal },
): Promise<BatchRequests> {
  const tooSlow = AbortSignal.timeout(TRANSFER_TIMEOUT_MS);
  try {
    const { statusCode, body } = await holder.send({
      method: "GET",
      path: `/files/${encodeURIComponent(fileId)}/content`,
      headers,
      body: null,
      signal: AbortSignal.any([tooSlow, stopping]),
      firstByteTimeoutMs: FIRST_BYTE_TIMEOUT_MS,
    });
    if (statusCode === 200) return await readRequests(body);
    await body.dump();
    if (statusCode === 429 || statusCode >= 500) {
      throw new Error(`${holder.provider.id} answered ${statusCode} for the content of \`${fileId}\``);
    }
    return "its output file cannot be had";
  } catch (error) {
    if (tooSlow.aborted && !stopping.aborted) return "its output file took too long to read";
    throw error;
  }
}

/** Leaving the loop early ends the transfer. */
async function readRequests(content: AsyncIterable<Buffer>): Promise<BatchRequests> {
  const used: Usage[] = [];
  const decoder = new StringDecoder("utf8");
  let bytes = 0;
  let rest = "";
  for await (const chunk of content) {
    bytes += chunk.length;
    const lines = decoder.write(chunk).split("\n");
    lines[0] = rest + (lines[0] ?? "");
    rest = lines.pop() ?? "";
    const found = usageOfLines(lines);
    if (typeof found === "string") return found;
    used.push(...found);
    if (bytes > MAX_FILE_BYTES || rest.length > MAX_LINE_CHARACTERS || used.length > MOST_REQUESTS) {
      return "its output file is too large to read";
    }
  }
  const last = usageOfLines([rest + decoder.end()]);
  return typeof last === "string" ? last : [...used, ...last];
}

/** Of the requests that were answered; blank lines are none. */
function usageOfLines(lines: readonly string[]): BatchRequests {
  const used: Usage[] = [];
  for (const line of lines) {
    if (line.trim() === "") continue;
    const reading = readLineUsage(line);
    if (reading === null) return "its output file is no list of answers";
    if (reading.fault !== null) return "a request in its output file reports what cannot be true";
    if (reading.usage.source !== "none") used.push(reading.usage);
  }
  return used;
}
