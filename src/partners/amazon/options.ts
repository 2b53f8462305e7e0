/** What the Amazon stand-in is told at its start. */

import type { Clock } from "../../domain/ports.ts";
import type { CallerCredentials } from "./authenticate.ts";

/** A model on offer: the ids Bedrock callers use and the name the gateway knows. */
interface AmazonModel {
  readonly publicName: string;
  readonly bedrockIds: readonly string[];
}

export interface AmazonOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Origin of the gateway, without a path. */
  readonly gatewayUrl: string;
  readonly gatewayKey: string;
  readonly credentials: CallerCredentials;
  readonly models: readonly AmazonModel[];
  readonly clock: Clock;
  /** Told of each error nobody foresaw; the caller gets a plain 500. */
  readonly onFault: (error: unknown) => void;
}
