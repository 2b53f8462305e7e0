/** What goes to a provider: an allow-list, built anew; nothing of the caller's headers is copied. */

import type { PartnerId } from "../domain/call.ts";
import type { Provider } from "../domain/catalogue.ts";

export type RequestHeaders = Readonly<Record<string, string>>;

export interface HeaderParts {
  readonly requestId: string;
  readonly partner: PartnerId;
  readonly contentType: string | null;
}

/** Headers of one upstream request: the provider's own credential, our request id, and the partner as project scope. */
export function headersFor(provider: Provider, parts: HeaderParts): RequestHeaders {
  const headers: Record<string, string> = {
    accept: "*/*",
    "user-agent": "clauseway",
    "openai-project": parts.partner,
  };
  if (parts.contentType !== null) headers["content-type"] = parts.contentType;
  if (provider.dialect === "azure") {
    headers["api-key"] = provider.credential;
    headers["x-ms-client-request-id"] = parts.requestId;
  } else {
    headers["authorization"] = `Bearer ${provider.credential}`;
    headers["x-client-request-id"] = parts.requestId;
  }
  return headers;
}
