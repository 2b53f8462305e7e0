/** Where load is sent and with which credentials: all that a load run knows about the system it drives. */

import type { ProviderId } from "../domain/call.ts";

/** URLs have no trailing slash. */
export interface Target {
  readonly amazon: AmazonAccess;
  readonly direct: { readonly url: string; readonly apiKey: string };
  /** Microsoft's channel, at the gateway; null where the configuration has no such partner. */
  readonly azureDirect: { readonly url: string; readonly apiKey: string } | null;
  /** `apiKey` is null where the product asks its users for no key. */
  readonly firstParty: { readonly url: string; readonly apiKey: string | null };
  /** The clouds whose own meters say where calls were served. */
  readonly clouds: readonly CloudAccess[];
  /** Where `/metrics` is; null leaves the counters out of the report. */
  readonly adminUrl: string | null;
  /** The gateway's process, when it runs on this machine: its memory is then read from `/proc`. */
  readonly gatewayPid: number | null;
  readonly models: TargetModels;
}

export interface AmazonAccess {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface CloudAccess {
  readonly provider: ProviderId;
  readonly url: string;
  /** The key that opens the cloud's meter. */
  readonly key: string;
}

/** Public names of the models that the calls ask for. */
interface TargetModels {
  readonly chat: string;
  /** The same model by its Bedrock id. */
  readonly bedrockChat: string;
  readonly embedding: string;
  /** The base of fine-tuning jobs. */
  readonly training: string;
}
