/** Which header fields a frontend passes on, in each direction. */

import type { IncomingHttpHeaders } from "node:http";

/** Fields of one connection, not of the message (RFC 9110 section 7.6.1), and `expect`, which each hop answers itself. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** The caller's own secrets, and `host`, which names us. */
const CALLER_ONLY = new Set(["authorization", "proxy-authorization", "cookie", "api-key", "host"]);

/**
 * The caller's fields for the gateway as a flat name, value list, in order: all but credentials, `host`, hop-by-hop fields
 * and those that `connection` nominates. `x-clauseway-*` pass unchanged: the gateway strips and counts them, and that
 * guard is the one to exercise.
 */
export function forwardableHeaders(rawHeaders: readonly string[]): string[] {
  const dropped = nominatedFields(valuesOf(rawHeaders, "connection"));
  return pairsOf(rawHeaders).flatMap(([name, value]) => {
    const key = name.toLowerCase();
    const passes = !key.startsWith(":") && !HOP_BY_HOP.has(key) && !CALLER_ONLY.has(key) && !dropped.has(key);
    return passes ? [name, value] : [];
  });
}

/** All values of a field, in order. */
export function valuesOf(rawHeaders: readonly string[], field: string): string[] {
  return pairsOf(rawHeaders).flatMap(([name, value]) => (name.toLowerCase() === field ? [value] : []));
}

/** The gateway's fields for the caller: all but hop-by-hop and nominated ones, and cookies, which no API here sets. */
export function returnableHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const dropped = nominatedFields([headers.connection ?? ""]);
  const returned: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || dropped.has(name) || name === "set-cookie") continue;
    returned[name] = value;
  }
  return returned;
}

/** What the gateway says about where a call ran: `x-clauseway-*` and `x-request-id`. */
export function placementHeadersOf(headers: IncomingHttpHeaders): Record<string, string> {
  const placement: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const isPlacement = name.startsWith("x-clauseway-") || name === "x-request-id";
    if (isPlacement && typeof value === "string") placement[name] = value;
  }
  return placement;
}

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at] ?? "", rawHeaders[at + 1] ?? ""]);
  }
  return pairs;
}

function nominatedFields(connection: readonly string[]): Set<string> {
  return new Set(connection.flatMap((value) => value.split(",")).map((field) => field.trim().toLowerCase()));
}
