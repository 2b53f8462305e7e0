/** Who calls the Amazon stand-in: a SigV4 signature of the known key, or the bearer key. */

import { awsError, type AwsError } from "../../wire/bedrock/errors.ts";
import {
  checkClaim,
  verifySignature,
  type CheckedClaim,
  type SignedRequest,
  type SigningRules,
} from "../../wire/bedrock/sigv4.ts";
import { sameSecret } from "../same-secret.ts";

export interface CallerCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly bearerKey: string;
}

export type Admission =
  /** `checked` is null for a bearer key; a signature is still to be verified against the body. */
  | { readonly kind: "admitted"; readonly checked: CheckedClaim | null; readonly rules: SigningRules }
  | { readonly kind: "refused"; readonly error: AwsError };

/** Checks what can be known before the body; `services` are the scopes that the path accepts. */
export function admit(
  request: SignedRequest,
  services: readonly string[],
  credentials: CallerCredentials,
  nowMs: number,
): Admission {
  const { accessKeyId, secretAccessKey, region, bearerKey } = credentials;
  const rules = { accessKeyId, secretAccessKey, region, services };
  const bearer = /^Bearer (.+)$/.exec(request.headers["authorization"] ?? "")?.[1];
  if (bearer !== undefined) {
    if (sameSecret(bearer, bearerKey)) return { kind: "admitted", checked: null, rules };
    const error = awsError("AccessDeniedException", "the bearer key is not valid");
    return { kind: "refused", error };
  }
  const verdict = checkClaim(request, rules, nowMs);
  return verdict.kind === "refused" ? verdict : { kind: "admitted", checked: verdict.checked, rules };
}

/** Null when the body is what was signed. */
export async function confirm(
  request: SignedRequest,
  body: Buffer,
  admission: Extract<Admission, { kind: "admitted" }>,
): Promise<AwsError | null> {
  return admission.checked === null
    ? null
    : verifySignature(request, body, admission.checked, admission.rules);
}
