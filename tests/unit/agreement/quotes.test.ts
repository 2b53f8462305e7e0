import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { shipped } from "./shipped.ts";

/** The project's own collection of public facts, which is not part of this repository. */
const FACTS = fileURLToPath(new URL("../../../../shared/reference/agreement-facts.md", import.meta.url));

const clauses = shipped.agreements.flatMap((agreement) =>
  agreement.value.clauses.map((clause) => ({ ...clause, name: `${agreement.regime} ${clause.id}` })),
);

describe("no summary passes for a quotation", () => {
  test("a clause whose basis is `quoted` is nothing but words in quotation marks", () => {
    for (const clause of clauses.filter(({ basis }) => basis === "quoted")) {
      expect({ clause: clause.name, text: clause.text }).toEqual({
        clause: clause.name,
        text: expect.stringMatching(/^".+"$/),
      });
    }
  });

  test.skipIf(!existsSync(FACTS))("what stands in quotation marks is quoted in the collected facts", () => {
    const facts = readFileSync(FACTS, "utf8").replaceAll(/\s+/g, " ");
    const quoted = [...facts.matchAll(/"([^"]+)"/g)].map(([, words]) => words ?? "");
    const ours = clauses.flatMap(({ name, text }) =>
      [...text.matchAll(/"([^"]+)"/g)].map(([, words]) => ({ name, words: words ?? "" })),
    );
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter(({ words }) => !quoted.some((each) => each.includes(words)))).toEqual([]);
  });
});

describe("every clause can be traced", () => {
  test("to a source of the vocabulary with an address", () => {
    const { sources } = shipped.vocabulary.value;
    for (const { name, source } of clauses) {
      for (const key of source)
        expect({ name, url: sources[key]?.url[0] }).toEqual({ name, url: expect.stringMatching(/./) });
    }
  });

  test("a figure of the revenue share is assumed, and says that it is as reported", () => {
    const rates = clauses.filter(({ text }) => /\d+ ?%/.test(text));
    expect(rates.length).toBeGreaterThan(0);
    for (const { name, basis, text } of rates) {
      expect({ name, basis, text }).toEqual({
        name,
        basis: "assumed",
        text: expect.stringMatching(/reported|assum/),
      });
    }
  });
});
