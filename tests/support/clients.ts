/** Real clients of a running test world, and what they can tell about where a call ran. */

import OpenAI from "openai";
import type { TestWorld } from "./world.ts";

type PartnerName = "amazon" | "direct" | "first-party";

/** The SDK at the direct seller, as its customer. */
export function directClient({ urls, credentials }: TestWorld): OpenAI {
  return clientAt(`${urls.direct}/v1`, credentials.directCustomerKey);
}

/** The SDK at Bedrock's OpenAI-compatible paths. */
export function amazonClient({ urls, credentials }: TestWorld): OpenAI {
  return clientAt(`${urls.amazon}/openai/v1`, credentials.bedrockKey);
}

/** The SDK straight at the gateway, with a partner's own credential. */
export function gatewayClient({ urls }: TestWorld, partner: PartnerName): OpenAI {
  return clientAt(`${urls.gateway}/v1`, `fake-partner-${partner}`);
}

function clientAt(baseURL: string, apiKey: string): OpenAI {
  return new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 15_000 });
}

/** What the `x-clauseway-*` headers say. */
export interface Placement {
  readonly requestId: string;
  readonly provider: string;
  readonly region: string;
  readonly workload: string;
  readonly clause: string;
}

/** Reads the headers of an answer; an absent one becomes the empty text. */
export function placementOf(headers: Headers): Placement {
  const read = (name: string): string => headers.get(`x-clauseway-${name}`) ?? "";
  return {
    requestId: read("request-id"),
    provider: read("provider"),
    region: read("region"),
    workload: read("class"),
    clause: read("clause"),
  };
}

/** Sends a call and returns its answer with its placement. */
export async function placed<T>(call: {
  withResponse(): Promise<{ data: T; response: Response }>;
}): Promise<{ readonly data: T; readonly at: Placement }> {
  const { data, response } = await call.withResponse();
  return { data, at: placementOf(response.headers) };
}

/** Where a call ran by the clouds' own meters, never by the gateway's word: `cloud operation` of each row that has its id. */
export async function metered(world: TestWorld, requestId: string): Promise<readonly string[]> {
  const meters = await world.meters();
  return Object.entries(meters).flatMap(([cloud, rows]) =>
    rows.filter((row) => row.requestId === requestId).map((row) => `${cloud} ${row.operation}`),
  );
}

export interface ChatTurn {
  readonly session: string;
  readonly text: string;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
  readonly requestId: string;
}

/** One turn with the first-party product. */
export async function firstPartyTurn(world: TestWorld, message: string, session?: string): Promise<ChatTurn> {
  const response = await fetch(`${world.urls.firstParty}/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(session === undefined ? { message } : { message, session }),
  });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`the product answered ${response.status}: ${body}`);
  const events = body
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      const [event, data] = block.split("\n");
      return { event: event?.slice(7), data: JSON.parse(data?.slice(6) ?? "") as Record<string, unknown> };
    });
  const find = (name: string): Record<string, unknown> => {
    const found = events.find(({ event }) => event === name);
    if (!found) throw new Error(`no \`${name}\` event in ${body}`);
    return found.data;
  };
  return {
    session: String(find("session")["session"]),
    text: events.map(({ event, data }) => (event === "delta" ? String(data["text"]) : "")).join(""),
    usage: find("done")["usage"] as ChatTurn["usage"],
    requestId: response.headers.get("x-clauseway-request-id") ?? "",
  };
}
