/** What a newcomer sees once everything is up: addresses, and a call to paste for each. */

import type { Credentials } from "../app/credentials.ts";
import type { Configuration } from "../app/load-world.ts";
import type { System } from "../app/system.ts";

interface BannerFacts {
  readonly system: System;
  readonly configuration: Configuration;
  readonly credentials: Credentials;
  readonly readyMs: number;
}

/** The table of addresses with a copy-paste `curl` for each, in the order a call travels. */
export function banner({ system, configuration, credentials, readyMs }: BannerFacts): string {
  const { world, partners } = configuration;
  const { agreement } = world;
  const { shares } = agreement.source;
  const { urls } = system;
  const model = [...world.models.keys()][0] ?? "";
  const chat = `-H 'content-type: application/json' -d '{"model":"${model}","messages":[{"role":"user","content":"hello"}]}'`;
  const { accessKeyId, secretAccessKey, region } = credentials.aws;
  const converse = `'{"messages":[{"role":"user","content":[{"text":"hello"}]}]}'`;
  const bedrockId = [...world.models.values()][0]?.bedrockIds[0] ?? "";
  const keyOf = (partner: string): string =>
    partners.find(({ id }) => id === partner)?.credential ?? "KEY-OF-A-PARTNER";
  const rows: readonly (readonly [string, string, string])[] = [
    [
      "Amazon stand-in",
      urls.amazon,
      `curl -s ${urls.amazon}/model/${bedrockId}/converse --aws-sigv4 aws:amz:${region}:bedrock --user ${accessKeyId}:${secretAccessKey} -H 'content-type: application/json' -d ${converse}`,
    ],
    [
      "direct seller",
      urls.direct,
      `curl -s ${urls.direct}/v1/chat/completions -H 'authorization: Bearer ${credentials.directCustomerKey}' ${chat}`,
    ],
    [
      "first-party product",
      urls.firstParty,
      `curl -sN ${urls.firstParty}/chat -H 'content-type: application/json' -d '{"message":"hello"}'`,
    ],
    [
      "gateway",
      urls.gateway,
      `curl -si ${urls.gateway}/v1/chat/completions -H 'authorization: Bearer ${keyOf("direct")}' ${chat}`,
    ],
    [
      "Microsoft's channel",
      urls.gateway,
      `curl -si '${urls.gateway}/openai/deployments/${model}/chat/completions?api-version=2024-10-21' -H 'api-key: ${keyOf("azure-direct")}' ${chat}`,
    ],
    ["admin", urls.admin, `curl -s ${urls.admin}/metrics | grep routing_decisions`],
    ...(["azure", "aws", "stargate"] as const).map((cloud): readonly [string, string, string] => [
      { azure: "mock Azure", aws: "AWS stand-in", stargate: "Stargate stand-in" }[cloud],
      urls[cloud],
      `curl -s '${urls[cloud]}/meter?limit=5' -H '${meterHeader(cloud, credentials)}'`,
    ]),
  ];
  const lines = rows.flatMap(([name, url, call]) => [`  ${name.padEnd(20)} ${url}`, `    ${call}`, ""]);
  return [
    `Clauseway: ${agreement.id} ${agreement.regime}, reading ${agreement.readingId}${shares === null ? "" : `, share preset ${shares.id}`}, contract date ${world.contractDate}`,
    `agreement digest ${world.digest} (${agreement.cellCount} cells)`,
    `ready in ${(readyMs / 1_000).toFixed(1)} s; data in ${system.dataDir}; credentials below belong to the simulated world`,
    "",
    ...lines,
    "Ctrl-C stops. Ledger so far: npx clauseway statement",
    "",
  ].join("\n");
}

function meterHeader(cloud: "azure" | "aws" | "stargate", credentials: Credentials): string {
  const key = credentials.cloudDirectKey(cloud);
  return cloud === "azure" ? `api-key: ${key}` : `authorization: Bearer ${key}`;
}
