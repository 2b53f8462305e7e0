/** The JSON Schemas that editors use: current, referenced by every file, and as strict as the files need. */

import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { editorSchemas } from "../../src/app/editor-schemas.ts";
import { runCli } from "../support/run-cli.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SCHEMAS = join(ROOT, "config/schemas");
const schemas = editorSchemas();
const files = globSync(["config/**/*.yaml", "load-tests/scenarios/*.yaml"], { cwd: ROOT }).toSorted();

/** `format` only repeats what a pattern says, or what the program checks. */
const ajv = new Ajv2020({ allErrors: true, validateFormats: false });
const validators = new Map(schemas.map(({ name, text }) => [name, ajv.compile(JSON.parse(text))]));

/** What an editor would underline in a file of this kind. */
function complaints(kind: string, text: string): readonly string[] {
  const validate = validators.get(`${kind}.schema.json`);
  if (validate === undefined) throw new Error(`there is no schema of ${kind}`);
  validate(parse(text, { schema: "core" }));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
}

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

test.each(schemas)("$name is as `clauseway schema` writes it", ({ name, text }) => {
  expect(readFileSync(join(SCHEMAS, name), "utf8")).toBe(text);
});

test("a user's own folder gets them too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "clauseway-schemas-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { exitCode, stdout } = await runCli(["schema", "--config", folder]);
  expect(exitCode).toBe(0);
  expect(stdout.trimEnd().split("\n")).toEqual(schemas.map(({ name }) => join(folder, "schemas", name)));
  for (const { name, text } of schemas) {
    expect(readFileSync(join(folder, "schemas", name), "utf8")).toBe(text);
  }
});

test("a folder that cannot be written is the user's mistake", async () => {
  const { exitCode, stderr } = await runCli(["schema", "--config", join(ROOT, "package.json")]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^clauseway: cannot write .*agreement\.schema\.json; point --config/);
});

test("a folder that is not there is not made", async () => {
  const folder = join(tmpdir(), "clauseway-mistyped");
  const { exitCode, stdout, stderr } = await runCli(["schema", "--config", folder]);
  expect(exitCode).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toBe(`clauseway: there is no folder ${folder}; point --config at a configuration folder\n`);
  expect(existsSync(folder)).toBe(false);
});

test("nothing else lies among the schemas", () => {
  const names = globSync("*", { cwd: SCHEMAS });
  expect(names.toSorted()).toEqual(schemas.map(({ name }) => name).toSorted());
});

test.each(files)("%s names its schema in its first line, and fits it", (file) => {
  const text = read(file);
  const target = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? "";
  const schema = relative(SCHEMAS, resolve(ROOT, dirname(file), target));
  expect(schemas.map(({ name }) => name)).toContain(schema);
  expect(complaints(schema.replace(".schema.json", ""), text)).toEqual([]);
});

describe("an editor underlines", () => {
  const mistakes: readonly (readonly [
    what: string,
    kind: string,
    file: string,
    before: string,
    after: string,
  ])[] = [
    ["an unknown key", "partners", "config/partners.yaml", "homeProvider:", "homeProvidr:"],
    ["a key left out", "providers", "config/providers.yaml", "    dialect: openai\n", ""],
    [
      "an unknown modality",
      "agreement",
      "config/agreements/2026-02-27.yaml",
      "modality: obligation",
      "modality: duty",
    ],
    [
      "a clause id that is none",
      "agreement",
      "config/agreements/2026-02-27.yaml",
      "- id: C1\n",
      "- id: first\n",
    ],
    [
      "a date that is none",
      "agreement",
      "config/agreements/2026-02-27.yaml",
      "from: 2026-02-27",
      "from: 2026-02-30",
    ],
    ["an unknown knob", "agreement", "config/agreements/2026-02-27.yaml", "{ A10: lines }", "{ A99: lines }"],
    [
      "an unknown option",
      "agreement",
      "config/agreements/2026-02-27.yaml",
      "{ A10: lines }",
      "{ A10: line }",
    ],
    ["an unknown choice", "reading", "config/readings/default.yaml", "choose: in-effect", "choose: in-efect"],
    [
      "a choice that nothing simulates",
      "reading",
      "config/readings/default.yaml",
      "choose: in-effect",
      "choose: on-close",
    ],
    ["a price without quotes", "prices", "config/prices/openai.yaml", 'input: "2.00"', "input: 2.00"],
    [
      "a source of an axis that is none",
      "vocabulary",
      "config/vocabulary.yaml",
      "source: derived",
      "source: guessed",
    ],
    ["a preset that is none", "models", "config/models.yaml", "latencyPreset: gpt-5", "latencyPreset: fast"],
    [
      "an expectation that is none",
      "scenario",
      "load-tests/scenarios/mixed.yaml",
      "kind: metered-once",
      "kind: metered",
    ],
    [
      "a property that demands nothing",
      "properties",
      "config/properties.yaml",
      "then: { verdict: allowed }",
      "then: {}",
    ],
    [
      "a property of no calls",
      "classification",
      "config/classification.yaml",
      "    forall: { job: [generate, embed] }\n",
      "",
    ],
    [
      "an address that is none",
      "providers",
      "config/providers.yaml",
      'baseUrl: "http://127.0.0.1:9002',
      'baseUrl: "127.0.0.1:9002',
    ],
  ];
  test.each(mistakes)("%s", (_what, kind, file, before, after) => {
    const text = read(file);
    expect(text).toContain(before);
    expect(complaints(kind, text.replace(before, after))).not.toEqual([]);
  });
});
