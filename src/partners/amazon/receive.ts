/** Taking a request in: who sends it, and its whole body. Nothing reaches the gateway before both hold. */

import type { Clock } from "../../domain/ports.ts";
import { awsError, type AwsError } from "../../wire/bedrock/errors.ts";
import type { SignedRequest } from "../../wire/bedrock/sigv4.ts";
import { admit, confirm, type CallerCredentials } from "./authenticate.ts";
import type { Exchange } from "./exchange.ts";
import { BODY_LIMIT_BYTES, readBody } from "./read-body.ts";

export interface Incoming {
  readonly exchange: Exchange;
  readonly request: SignedRequest;
  /** Ours; goes back as `x-amzn-requestid`. */
  readonly requestId: string;
}

export type Receipt =
  | { readonly kind: "received"; readonly body: Buffer }
  /** `fault` says which part was refused, for dialects that word them differently. */
  | {
      readonly kind: "refused";
      readonly fault: "credential" | "too-large" | "too-slow";
      readonly error: AwsError;
    }
  | { readonly kind: "gone" };

/** Authenticates, reads the body, verifies the signature over it. `services` are the SigV4 scopes the path accepts. */
export async function receive(
  { exchange, request }: Incoming,
  services: readonly string[],
  settings: { readonly credentials: CallerCredentials; readonly clock: Clock },
): Promise<Receipt> {
  const admission = admit(request, services, settings.credentials, settings.clock.nowMs());
  if (admission.kind === "refused") return { kind: "refused", fault: "credential", error: admission.error };
  const reading = await readBody(exchange.body);
  switch (reading.kind) {
    case "gone":
      return { kind: "gone" };
    case "too-large":
      return refused(
        "too-large",
        awsError("RequestEntityTooLargeException", `the body is larger than ${BODY_LIMIT_BYTES} bytes`),
      );
    case "too-slow":
      return refused("too-slow", awsError("ModelTimeoutException", "the body did not arrive in time"));
    case "read": {
      const error = await confirm(request, reading.body, admission);
      return error === null ? { kind: "received", body: reading.body } : refused("credential", error);
    }
  }
}

function refused(fault: Extract<Receipt, { kind: "refused" }>["fault"], error: AwsError): Receipt {
  return { kind: "refused", fault, error };
}
