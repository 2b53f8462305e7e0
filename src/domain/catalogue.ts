/** What the operator configures: the models on offer, the partners that sell them, the clouds that can host them. */

import type { HostingTerms } from "./money.ts";
import type { Deployment, PartnerId, PartyId, ProviderId, WorkloadClass } from "./call.ts";

export interface Model {
  /** The public name that callers use. */
  readonly name: string;
  readonly kind: "chat" | "embedding";
  /** The agreement's word for the licence: `openai` (closed) or `openai-open-weight`. */
  readonly family: string;
  /** Ids under which the Amazon stand-in sells it. */
  readonly bedrockIds: readonly string[];
  readonly priceKey: string;
  /** Upstream deployment name by provider; a provider that is not named does not serve it. */
  readonly deployments: Readonly<Record<ProviderId, string>>;
  /** `YYYY-MM-DD` of its first day on any cloud; null where that is not known. */
  readonly launched: string | null;
  /** Largest `max_completion_tokens` that is accepted. */
  readonly maxOutputTokens: number;
  /** The underlying version that replies name where a cloud tells it. */
  readonly version: string;
  /** Numbers of an embedding vector; unused for chat. */
  readonly dimensions: number;
  /** Which latency preset the mock clouds give it. */
  readonly latencyPreset:
    | "gpt-4o"
    | "gpt-4.1"
    | "gpt-4.1-mini"
    | "gpt-4.1-nano"
    | "gpt-5"
    | "gpt-oss"
    | "embedding";
}

/** Whose API is spoken on the wire. */
export type WireDialect = "azure" | "openai";

/** What happens to a call that must run elsewhere than the partner's frontend. */
type PartnerMode = "forward" | "reject";

export interface Partner {
  readonly kind: "partner";
  readonly id: PartnerId;
  readonly title: string;
  readonly credential: string;
  /** Words of the agreement's axes that this partner's credential vouches for. */
  readonly facts: Readonly<Record<"partner" | "product" | "seller" | "customer" | "region", string>>;
  readonly seller: PartyId;
  /** The cloud this partner's frontend stands on; `reject` refuses calls that must run on another. */
  readonly homeProvider: ProviderId;
  /** The dialect of its calls; under `azure` a model is named as it is deployed at `homeProvider`, or by its public name. */
  readonly dialect: WireDialect;
  readonly mode: PartnerMode;
  readonly abort: "estimate" | "drain";
}

/** Where a deployment may process a call: anywhere, or inside a zone such as the EU only, at a price of its own. */
export const ZONES = ["global", "data-zone"] as const;
export type Zone = (typeof ZONES)[number];

export interface ProviderRegion {
  readonly region: string;
  /** Base of its API, without a trailing slash: everything up to, not including, `/chat/completions`. */
  readonly baseUrl: string;
  /** Global where absent. */
  readonly zone?: Zone;
}

export interface Provider {
  readonly id: ProviderId;
  readonly title: string;
  readonly dialect: WireDialect;
  readonly credential: string;
  readonly regions: readonly ProviderRegion[];
  /** What it is paid for serving a call; null: nothing. */
  readonly hosting: HostingTerms | null;
  /** Operations it offers, by their first path segment (`chat`, `responses`, `files`, ...). */
  readonly offers: readonly string[];
}

/** The operator's order of preference inside the allowed set; never the caller's. */
export type Placement = Readonly<Record<WorkloadClass, readonly ProviderId[]>>;

/** Every deployment of the configured providers, in file order. */
export function deploymentsOf(providers: readonly Provider[]): readonly Deployment[] {
  return providers.flatMap((provider) =>
    provider.regions.map(({ region }) => ({
      id: `${provider.id}/${region}`,
      provider: provider.id,
      region,
    })),
  );
}
