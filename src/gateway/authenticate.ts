/** Who calls: known by credential only, never by what a header claims. */

import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Partner } from "../domain/catalogue.ts";
import { refusal, type Refusal } from "../domain/refusal.ts";

export type Authenticator = (headers: IncomingHttpHeaders) => Partner | Refusal;

/** Builds the check once. Credentials are compared by their SHA-256, so timing tells nothing about them. */
export function createAuthenticator(partners: readonly Partner[]): Authenticator {
  const byHash = new Map(partners.map((partner) => [hashOf(partner.credential), partner]));
  // Credentials that passed once are known by themselves; at most one entry a partner.
  const passed = new Map<string, Partner>();
  return (headers) => {
    const credential = credentialOf(headers);
    if (credential === null) {
      return refusal("invalid_api_key", "no API key provided: send `Authorization: Bearer KEY`");
    }
    const known = passed.get(credential) ?? byHash.get(hashOf(credential));
    if (!known) return refusal("invalid_api_key", "incorrect API key provided");
    passed.set(credential, known);
    return known;
  };
}

function credentialOf(headers: IncomingHttpHeaders): string | null {
  const { authorization } = headers;
  if (authorization !== undefined) {
    return /^bearer /i.test(authorization) ? authorization.slice(7).trim() : null;
  }
  const apiKey = headers["api-key"];
  return typeof apiKey === "string" ? apiKey : null;
}

function hashOf(credential: string): string {
  return createHash("sha256").update(credential).digest("base64");
}
