/** A fetch that signs as AWS clients do, for requests that no SDK would send. */

import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { SignatureV4 } from "@smithy/signature-v4";
import { AWS_KEY, REGION } from "./amazon.ts";

export interface Signing {
  readonly service?: string;
  readonly date?: Date;
}

/** Signs what it is given, then sends it over HTTP/1.1; `tamper` changes the body after the signature. */
export async function signedFetch(
  url: string,
  init: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string },
  { service = "bedrock", date = new Date() }: Signing = {},
  tamper: (body: string) => string = (body) => body,
): Promise<Response> {
  const { host, pathname, searchParams } = new URL(url);
  const method = init.method ?? "POST";
  const signer = new SignatureV4({ service, region: REGION, sha256: Sha256, credentials: AWS_KEY });
  const request = new HttpRequest({
    method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: { ...init.headers, host },
    body: init.body,
  });
  const { headers } = await signer.sign(request, { signingDate: date });
  const { host: _, ...sent } = headers;
  const body = init.body === undefined ? null : tamper(init.body);
  return fetch(url, { method, headers: sent, body });
}
