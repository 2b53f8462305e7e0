/** Calls to Microsoft's own channel: the Azure dialect, at the gateway. */

import type { Target } from "../target.ts";
import { chatRequest } from "./direct.ts";
import type { CallPlan, PreparedRequest } from "./prepared.ts";

/** `POST /openai/v1/chat/completions` with an `api-key`, streamed with usage or at once. */
export function prepareAzureChat(
  access: NonNullable<Target["azureDirect"]>,
  model: string,
  call: CallPlan,
): PreparedRequest {
  return {
    method: "POST",
    path: "/openai/v1/chat/completions",
    headers: { "api-key": access.apiKey, "content-type": "application/json" },
    body: JSON.stringify(chatRequest(model, call)),
  };
}
