/** An Amazon stand-in in front of a fake gateway, and SDK clients that call it. */

import { BedrockRuntimeClient, type BedrockRuntimeClientConfig } from "@aws-sdk/client-bedrock-runtime";
import type { Clock } from "../../src/domain/ports.ts";
import type { RunningServer } from "../../src/http/listener.ts";
import { startAmazon } from "../../src/partners/amazon/start.ts";

export const AWS_KEY = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
export const BEDROCK_KEY = "fake-bedrock-key";
export const REGION = "us-east-1";
export const MODEL_ID = "openai.gpt-x-v1:0";
export const WALL_CLOCK: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

export function startAmazonFor(gatewayUrl: string, faults: unknown[]): Promise<RunningServer> {
  return startAmazon({
    host: "127.0.0.1",
    port: 0,
    gatewayUrl,
    gatewayKey: "fake-partner-amazon",
    credentials: { ...AWS_KEY, region: REGION, bearerKey: BEDROCK_KEY },
    models: [{ publicName: "gpt-x", bedrockIds: [MODEL_ID, "us.openai/gpt-x"] }],
    clock: WALL_CLOCK,
    onFault: (error) => faults.push(error),
  });
}

export function bedrockClient(
  endpoint: string,
  config: Partial<BedrockRuntimeClientConfig> = {},
): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint,
    region: REGION,
    credentials: AWS_KEY,
    maxAttempts: 1,
    ...config,
  });
}
