/** Who calls: the gateway, a direct SDK test, or nobody we know. */

import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface Credential {
  readonly key: string | null;
  readonly usedBearer: boolean;
}

export type Authenticate = (key: string) => "gateway" | "direct" | null;

/** The key a request shows: `api-key` where the cloud takes one, else the bearer token. */
export function readCredential(request: IncomingMessage, takesApiKey: boolean): Credential {
  const apiKey = request.headers["api-key"];
  if (takesApiKey && typeof apiKey === "string") return { key: apiKey, usedBearer: false };
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  return { key: bearer ?? null, usedBearer: bearer !== undefined };
}

/** Compares keys in constant time. */
export function createAuthenticate(keys: {
  readonly gateway: string;
  readonly direct: string;
}): Authenticate {
  const gateway = Buffer.from(keys.gateway);
  const direct = Buffer.from(keys.direct);
  return (key) => {
    const shown = Buffer.from(key);
    if (isEqual(shown, gateway)) return "gateway";
    return isEqual(shown, direct) ? "direct" : null;
  };
}

function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length > 0 && one.length === other.length && timingSafeEqual(one, other);
}
