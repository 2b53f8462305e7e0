/** A planted misroute: nothing in the gateway's own books tells of it. */

import type { Configuration } from "../../src/app/load-world.ts";

/** The provider called `azure` is configured with the address and key of the AWS stand-in. */
export function sendAzureCallsToAws(configuration: Configuration): Configuration {
  const { providers } = configuration.world;
  const azure = providers.get("azure");
  const aws = providers.get("aws");
  const baseUrl = aws?.regions[0]?.baseUrl;
  if (!azure || !aws || baseUrl === undefined) throw new Error("both providers are configured");
  const regions = azure.regions.map(({ region }) => ({ region, baseUrl }));
  const misrouted = { ...azure, dialect: aws.dialect, credential: aws.credential, regions };
  return {
    ...configuration,
    world: { ...configuration.world, providers: new Map([...providers, ["azure", misrouted]]) },
  };
}
