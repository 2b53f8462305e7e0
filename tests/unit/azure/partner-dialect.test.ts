import { expect, test } from "vitest";
import { parsePartners } from "../../../src/config/partners.ts";

function partner(line: string): string {
  return [
    "partners:",
    "  one:",
    "    title: One",
    "    credential: fake-partner-one",
    "    facts: { partner: none, product: api, seller: microsoft, customer: commercial, region: us }",
    "    homeProvider: azure",
    line,
    "",
  ].join("\n");
}

test("a partner speaks OpenAI's dialect unless its configuration says Azure's", () => {
  expect(parsePartners(partner(""), "partners.yaml")).toMatchObject([{ id: "one", dialect: "openai" }]);
  expect(parsePartners(partner("    dialect: azure"), "partners.yaml")).toMatchObject([
    { dialect: "azure", seller: "microsoft" },
  ]);
});

test("another dialect is refused where it stands", () => {
  expect(() => parsePartners(partner("    dialect: bedrock"), "partners.yaml")).toThrow(
    /partners\.yaml:7:\d+.*(openai|azure)/s,
  );
});
