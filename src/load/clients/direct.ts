/** Calls to the direct API seller: the OpenAI API. */

import type { Target } from "../target.ts";
import type { CallPlan, PreparedRequest } from "./prepared.ts";

type Access = Target["direct"];

/** `POST /v1/chat/completions`, streamed with usage or at once. */
export function prepareChat(access: Access, model: string, call: CallPlan): PreparedRequest {
  return postJson(access, "/v1/chat/completions", chatRequest(model, call));
}

/** The body of a chat call, the same in every channel that speaks OpenAI's format. */
export function chatRequest(model: string, call: CallPlan): object {
  return {
    model,
    messages: [{ role: "user", content: call.text }],
    max_completion_tokens: call.outputTokens,
    ...(call.streamed ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
}

/** `POST /v1/responses`, kept by default as in the API itself; `previousId` continues a session. */
export function prepareResponse(
  access: Access,
  model: string,
  call: CallPlan,
  previousId: string | null = null,
): PreparedRequest {
  return postJson(access, "/v1/responses", {
    model,
    input: call.text,
    max_output_tokens: call.outputTokens,
    ...(previousId === null ? {} : { previous_response_id: previousId }),
  });
}

/** `POST /v1/embeddings` for one text. */
export function prepareEmbedding(access: Access, model: string, text: string): PreparedRequest {
  return postJson(access, "/v1/embeddings", { model, input: text });
}

/** `POST /v1/files` with a small training file of `examples` lines, each with `text` as the prompt. */
export function prepareTrainingFile(access: Access, text: string, examples: number): PreparedRequest {
  const example = JSON.stringify({
    messages: [
      { role: "user", content: text },
      { role: "assistant", content: "yes" },
    ],
  });
  const boundary = "clauseway-load-boundary";
  const body = [
    `--${boundary}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n`,
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="train.jsonl"\r\n`,
    `content-type: application/jsonl\r\n\r\n${`${example}\n`.repeat(examples)}\r\n--${boundary}--\r\n`,
  ].join("");
  return {
    method: "POST",
    path: "/v1/files",
    headers: {
      authorization: `Bearer ${access.apiKey}`,
      "content-type": `multipart/form-data; boundary=${boundary}`,
    },
    body,
  };
}

/** `POST /v1/fine_tuning/jobs` on an uploaded file. */
export function prepareFineTune(access: Access, model: string, fileId: string): PreparedRequest {
  return postJson(access, "/v1/fine_tuning/jobs", { model, training_file: fileId });
}

function postJson(access: Access, path: string, body: unknown): PreparedRequest {
  return {
    method: "POST",
    path,
    headers: { authorization: `Bearer ${access.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}
