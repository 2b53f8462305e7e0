/** What `clauseway explain` has found out, before it is printed as text or as JSON. */

import type { StateReference } from "../../classification/features.ts";
import type { Deployment, ProviderId } from "../../domain/call.ts";
import type { StateEntry } from "../../domain/state.ts";
import type { LoggedCall } from "../../ledger/logged-call.ts";
import type { Explanation } from "../../policy/explain/explain.ts";

export interface ExplainReport {
  readonly terms: Terms;
  readonly call: FactsGiven | RequestGiven | CallRecorded;
  /** Null where the call never came to a decision. */
  readonly explanation: Explanation | null;
}

/** What the call is decided by. */
export interface Terms {
  readonly agreement: string;
  readonly regime: string;
  readonly version: number;
  /** `YYYY-MM-DD`; `to` is the first day after, null while no end is known. */
  readonly effective: { readonly from: string; readonly to: string | null };
  readonly reading: string;
  /** The share preset whose money clauses stand in place of the regime's own, or null. */
  readonly shares: string | null;
  readonly contractDate: string;
  /** 64 hex digits. */
  readonly digest: string;
  /** In alphabetical order. */
  readonly providers: readonly ProviderId[];
}

export interface FactsGiven {
  readonly kind: "facts";
  /** Axes by where their value comes from. */
  readonly given: readonly string[];
  readonly byDefault: readonly string[];
  readonly byDate: readonly string[];
}

export interface RequestGiven {
  readonly kind: "request";
  readonly method: string;
  readonly path: string;
  /** Whose frontend it was saved at, and what that asks the gateway for; null for a request to the gateway itself. */
  readonly frontend: { readonly partner: string; readonly asks: string | null } | null;
  readonly operation: string | null;
  /** The field of the body that the operation was told by, where nothing else named it. */
  readonly inferredFrom: string | null;
  /** Null where the credential is nobody's. */
  readonly partner: { readonly id: string; readonly known: SenderKnown } | null;
  readonly model: string | null;
  readonly references: readonly HeldReference[];
  readonly answer: GatewayAnswer;
}

/** By the partner's credential, its customer's, `--as`, or nothing. */
export type SenderKnown = "credential" | "customer" | "named" | "assumed";

/** An id in the call, and who holds what it names. */
export interface HeldReference extends Pick<StateReference, "id" | "kind" | "field"> {
  readonly holder: Pick<StateEntry, "provider" | "region"> | null;
  /** The data folder of the ledger that was asked, or null where the holder is assumed. */
  readonly ledger: string | null;
}

/** What the gateway would do. */
export type GatewayAnswer =
  | {
      readonly kind: "sent";
      readonly deployment: Deployment;
      /** Regions of the same provider that it may go to as well. */
      readonly alternates: readonly Deployment[];
      /** Ids of content that would be moved there first. */
      readonly handOver: readonly string[];
    }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly param: string | null;
      readonly clause: string;
      readonly remedy: string | null;
    }
  /** Answered by itself, from the list of models. */
  | { readonly kind: "catalogue"; readonly status: 200 };

export interface CallRecorded {
  readonly kind: "recorded";
  readonly logged: LoggedCall;
  readonly under: RecordTerms;
  /** Axes that the record does not know, and that were given their default. */
  readonly byDefault: readonly string[];
  readonly comparison: Comparison;
}

/** How the terms that a recorded call is explained under came about. */
export interface RecordTerms {
  /** Those of the configuration that have the digest of the record; null where none have it. */
  readonly own: { readonly reading: string; readonly shares: string | null } | null;
  /** The date of the call, or one that the user names. */
  readonly date: "recorded" | "named";
  /** `usual`: nobody names one, and none has the digest of the record. */
  readonly reading: "recorded" | "named" | "usual";
}

/** How the record compares with what the policy in hand says. */
export interface Comparison {
  readonly sameDigest: boolean;
  /** Null where too little was recorded to decide anew. */
  readonly sameDecision: boolean | null;
  /** Lower case, no full stop; empty where the decision is the same. */
  readonly differences: readonly string[];
}
