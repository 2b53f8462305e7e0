/** The OpenAI dialect: the stateful runtime and the training cluster speak it. */

import type { Dialect } from "./dialect.ts";

/** Errors as `{"error":{message,type,param,code}}`, replies with `x-request-id` and `openai-*` headers. */
export const openAiDialect: Dialect = {
  filtersContent: false,
  error: (error) => ({
    status: error.status,
    body: errorBody(error.message, error.status >= 500 ? "server_error" : "invalid_request_error", error),
  }),
  unauthorized: ({ key }) => ({
    status: 401,
    body: errorBody(
      key === null
        ? "You didn't provide an API key. Provide it in an Authorization header using Bearer auth."
        : "Incorrect API key provided.",
      "invalid_request_error",
      { param: null, code: "invalid_api_key" },
    ),
  }),
  replyHeaders: (call) => ({
    "x-request-id": `req_${call.replyId.replaceAll("-", "")}`,
    "openai-version": "2020-10-01",
    "openai-processing-ms": String(Math.round(call.elapsedMs())),
  }),
  modelName: (model) => model.name,
};

function errorBody(
  message: string,
  type: string,
  detail: { readonly param: string | null; readonly code: string | null },
): object {
  return { error: { message, type, param: detail.param, code: detail.code } };
}
