import { expect, test } from "vitest";
import { loadedTerms } from "../../src/app/loaded-terms.ts";
import { loadConfiguration, type Configuration } from "../../src/app/load-world.ts";
import { readSettings } from "../../src/app/settings.ts";

function configured(environment: Readonly<Record<string, string>>): Configuration {
  return loadConfiguration(readSettings({}, environment));
}

function azureAddress(environment: Readonly<Record<string, string>>): string | undefined {
  return configured(environment).world.providers.get("azure")?.regions[0]?.baseUrl;
}

test("a gateway looks for a cloud at the file's address, at the port it was moved to, or at the URL that is set", () => {
  const filed = azureAddress({});
  expect(filed).toMatch(/^http:\/\/127\.0\.0\.1:9001\//);
  expect(azureAddress({ CLAUSEWAY_AZURE_PORT: "9101" })).toBe(filed?.replace("9001", "9101"));
  // Port 0 is a port that the system picks: whoever starts the cloud there says its URL.
  expect(azureAddress({ CLAUSEWAY_AZURE_PORT: "0" })).toBe(filed);
  expect(azureAddress({ CLAUSEWAY_AZURE_PORT: "9101", CLAUSEWAY_AZURE_URL: "http://azure:80" })).toBe(
    filed?.replace("127.0.0.1:9001", "azure:80"),
  );
});

test("metrics know every party that the vocabulary names, not those of the shipped terms alone", () => {
  const configuration = configured({});
  expect(loadedTerms(configuration, 0).labels.parties).toEqual(
    configuration.world.agreement.source.vocabulary.value.parties,
  );
  expect(loadedTerms(configuration, 0).labels.parties).toContain("oracle");
});
