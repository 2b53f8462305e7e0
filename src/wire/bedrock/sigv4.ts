/** AWS Signature Version 4, the server's side: sign the request again with the key we know, and compare. */

import { createHash, timingSafeEqual } from "node:crypto";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { SignatureV4 } from "@smithy/signature-v4";
import { parseSignatureClaim, type SignatureClaim } from "./authorization.ts";
import { awsError, type AwsError } from "./errors.ts";

export interface SignedRequest {
  readonly method: string;
  /** As it stood in the request line: still percent-encoded, without the query. */
  readonly rawPath: string;
  /** Without the question mark; empty when there is none. */
  readonly rawQuery: string;
  /** Lower-case names; over HTTP/2 also `:authority`. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SigningRules {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** Service names that the scope may carry. */
  readonly services: readonly string[];
}

/** A claim that may be checked against the body, and the moment it was signed. */
export interface CheckedClaim {
  readonly claim: SignatureClaim;
  readonly signingDate: Date;
}

export type ClaimVerdict =
  | { readonly kind: "claimed"; readonly checked: CheckedClaim }
  | { readonly kind: "refused"; readonly error: AwsError };

const SKEW_MS = 5 * 60_000;

/**
 * Checks all that needs no body: form, key id, scope, that date and host are signed, and a clock skew of at most five
 * minutes. Anything wrong is refused with the error AWS gives; `Signature expired` makes an SDK set its clock and retry.
 */
export function checkClaim(request: SignedRequest, rules: SigningRules, nowMs: number): ClaimVerdict {
  const authorization = request.headers["authorization"];
  if (authorization === undefined) {
    return refused("MissingAuthenticationTokenException", "missing authentication token");
  }
  const claim = parseSignatureClaim(authorization);
  if (!claim) {
    return refused("IncompleteSignatureException", "the authorization header is not a SigV4 signature");
  }
  if (claim.accessKeyId !== rules.accessKeyId || request.headers["x-amz-security-token"] !== undefined) {
    return refused("UnrecognizedClientException", "the security token included in the request is invalid");
  }
  if (claim.region !== rules.region || !rules.services.includes(claim.service)) {
    const scope = `${rules.region}/${rules.services.join("|")}`;
    return refused("InvalidSignatureException", `credential should be scoped to \`${scope}\``);
  }
  const stamp = request.headers["x-amz-date"];
  const signingDate = parseStamp(stamp);
  if (
    stamp === undefined ||
    signingDate === null ||
    !coversIdentity(claim) ||
    !stamp.startsWith(claim.date)
  ) {
    return refused("IncompleteSignatureException", "`x-amz-date` and the host must be present and signed");
  }
  return checkSkew({ claim, signingDate }, nowMs);
}

/** Checks the payload hash and the signature; null when both hold. */
export async function verifySignature(
  request: SignedRequest,
  body: Buffer,
  checked: CheckedClaim,
  rules: SigningRules,
): Promise<AwsError | null> {
  const declared = request.headers["x-amz-content-sha256"];
  if (declared !== undefined && declared !== createHash("sha256").update(body).digest("hex")) {
    return awsError("InvalidSignatureException", "`x-amz-content-sha256` is not the hash of the body");
  }
  const expected = await signAgain(request, body, checked, rules);
  if (expected !== null && sameSignature(expected.signature, checked.claim.signature)) return null;
  return awsError(
    "InvalidSignatureException",
    "the request signature we calculated does not match the signature you provided; check your AWS secret access key and signing method",
  );
}

function refused(name: AwsError["name"], message: string): ClaimVerdict {
  return { kind: "refused", error: awsError(name, message) };
}

/** Without these a signature could be replayed against another host or at another time. */
function coversIdentity({ signedHeaders }: SignatureClaim): boolean {
  const signsHost = signedHeaders.includes("host") || signedHeaders.includes(":authority");
  return signsHost && signedHeaders.includes("x-amz-date");
}

function checkSkew(checked: CheckedClaim, nowMs: number): ClaimVerdict {
  const ageMs = nowMs - checked.signingDate.getTime();
  if (ageMs > SKEW_MS)
    return refused("InvalidSignatureException", `Signature expired: ${describeSkew(ageMs)}`);
  if (ageMs < -SKEW_MS) {
    return refused("InvalidSignatureException", `Signature not yet current: ${describeSkew(ageMs)}`);
  }
  return { kind: "claimed", checked };
}

function describeSkew(ageMs: number): string {
  return `signed ${Math.round(Math.abs(ageMs) / 1_000)} s ${ageMs > 0 ? "ago" : "ahead"}, at most 300 s are accepted`;
}

function parseStamp(stamp: string | undefined): Date | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp ?? "");
  if (!parts) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

/**
 * Exactly the headers that the claim names are signed, also those a signer leaves out by itself (`signableHeaders`). The
 * path stays encoded: making it canonical encodes it a second time. Null when a named header is missing.
 */
async function signAgain(
  request: SignedRequest,
  body: Buffer,
  { claim, signingDate }: CheckedClaim,
  rules: SigningRules,
): Promise<SignatureClaim | null> {
  const headers: Record<string, string> = {};
  for (const name of claim.signedHeaders) {
    const value = request.headers[name];
    if (value === undefined) return null;
    headers[name] = value;
  }
  const signer = new SignatureV4({
    service: claim.service,
    region: claim.region,
    sha256: Sha256,
    credentials: { accessKeyId: rules.accessKeyId, secretAccessKey: rules.secretAccessKey },
    applyChecksum: false,
  });
  const { rawPath: path, method } = request;
  const query = queryOf(request.rawQuery);
  const signed = await signer.sign(new HttpRequest({ method, path, query, headers, body }), {
    signingDate,
    signableHeaders: new Set(claim.signedHeaders),
  });
  return parseSignatureClaim(signed.headers["authorization"] ?? "");
}

function queryOf(rawQuery: string): Record<string, string[]> {
  const query = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  return Object.fromEntries(query);
}

function sameSignature(expected: string, given: string): boolean {
  return timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}
