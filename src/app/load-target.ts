/** The running system as a load run sees it. */

import { UsageError } from "./settings.ts";
import type { Model } from "../domain/catalogue.ts";
import type { Target } from "../load/target.ts";
import type { Credentials } from "./credentials.ts";
import type { Configuration } from "./load-world.ts";
import type { SystemUrls } from "./system.ts";

/** Addresses, credentials and models for driving a system; `gatewayPid` where it runs on this machine. */
export function loadTarget(
  urls: SystemUrls,
  {
    configuration: { world, partners },
    credentials,
    gatewayPid,
  }: { configuration: Configuration; credentials: Credentials; gatewayPid: number | null },
): Target {
  const resale = partners.find(({ id }) => id === "azure-direct");
  return {
    amazon: { url: urls.amazon, ...credentials.aws },
    direct: { url: urls.direct, apiKey: credentials.directCustomerKey },
    azureDirect: resale === undefined ? null : { url: urls.gateway, apiKey: resale.credential },
    firstParty: { url: urls.firstParty, apiKey: null },
    clouds: (["azure", "aws", "stargate"] as const).map((provider) => ({
      provider,
      url: urls[provider],
      key: credentials.cloudDirectKey(provider),
    })),
    adminUrl: urls.admin,
    gatewayPid,
    models: targetModels([...world.models.values()]),
  };
}

/** The models that load asks for, the first of each kind; throws UsageError where there is none. */
export function targetModels(models: readonly Model[]): Target["models"] {
  const chat = models.find(({ kind, bedrockIds }) => kind === "chat" && bedrockIds.length > 0);
  const embedding = models.find(({ kind }) => kind === "embedding");
  const [bedrockChat] = chat?.bedrockIds ?? [];
  if (!chat || bedrockChat === undefined || !embedding) {
    throw new UsageError(
      "config/models.yaml must offer a chat model with a Bedrock id and an embedding model",
    );
  }
  return { chat: chat.name, bedrockChat, embedding: embedding.name, training: chat.name };
}
