import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ConfigError, parseYaml } from "../../src/config/parse-yaml.ts";

const Schema = z.strictObject({
  name: z.string(),
  region: z.enum(["us", "eu", "apac"]).optional(),
  count: z.int().min(1).max(9).optional(),
  items: z
    .array(z.strictObject({ id: z.string(), shares: z.record(z.string(), z.int()).optional() }))
    .optional(),
  only: z.union([z.string(), z.array(z.string()), z.strictObject({ not: z.array(z.string()) })]).optional(),
  effect: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("allow") }),
      z.strictObject({ kind: z.literal("share"), ppm: z.int() }),
    ])
    .optional(),
  limits: z.partialRecord(z.enum(["tokens", "calls"]), z.int()).optional(),
});

function problemsOf(text: string, schema: z.ZodType = Schema): readonly string[] {
  try {
    parseYaml(text, "a.yaml", schema);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

test("a document that fits becomes a typed value that knows where its parts stand", () => {
  const text = "name: x\nitems:\n  - id: a\n  - id: b\n    shares: { microsoft: 200000 }\n";
  const located = parseYaml(text, "a.yaml", Schema);
  expect(located.value.items?.[1]).toEqual({ id: "b", shares: { microsoft: 200000 } });
  expect(located.locate(["items", 1, "id"])).toEqual({ line: 4, column: 9 });
  expect(located.locate(["items", 1, "shares", "microsoft"])).toEqual({ line: 5, column: 26 });
  expect(located.locateKey(["items", 1, "shares", "microsoft"])).toEqual({ line: 5, column: 15 });
  expect(located.locate(["items", 1, "absent", "deeper"])).toEqual({ line: 4, column: 5 });
  expect(located.locateKey(["name"])).toEqual({ line: 1, column: 1 });
});

test("words that YAML 1.1 would turn into booleans and dates stay words", () => {
  expect(parseYaml("name: no", "a.yaml", Schema).value.name).toBe("no");
  expect(parseYaml("name: 2026-02-27", "a.yaml", Schema).value.name).toBe("2026-02-27");
});

test("every problem is reported at once, in the order of the file", () => {
  expect(problemsOf("nmae: x\nregion: ue\ncount: 12\nitems:\n  - { di: a }\n")).toEqual([
    "a.yaml:1:1 name: missing, expected text",
    "a.yaml:1:1 nmae: unknown key `nmae`, did you mean `name`?",
    "a.yaml:2:9 region: unknown value `ue`, did you mean `eu`?",
    "a.yaml:3:8 count: too big, at most 9",
    "a.yaml:5:5 items[0].id: missing, expected text",
    "a.yaml:5:7 items[0].di: unknown key `di`, did you mean `id`?",
  ]);
});

test("a word near nothing gets the list of known words", () => {
  expect(problemsOf("name: x\nregion: antarctica\n")).toEqual([
    "a.yaml:2:9 region: unknown value `antarctica`; known: `us`, `eu`, `apac`",
  ]);
});

test("an unknown kind of a discriminated union names the kinds", () => {
  expect(problemsOf("name: x\neffect: { kind: shar, ppm: 1 }\n")).toEqual([
    "a.yaml:2:17 effect.kind: unknown value `shar`, did you mean `share`?",
  ]);
  expect(problemsOf("name: x\neffect: { kind: allow, ppm: 1 }\n")).toEqual([
    "a.yaml:2:24 effect.ppm: unknown key `ppm`; known: `kind`",
  ]);
});

test("in a union the alternative that was meant is the one that is explained", () => {
  expect(problemsOf("name: x\nonly: { nto: [a] }\n")).toEqual([
    "a.yaml:2:7 only.not: missing, expected a list",
    "a.yaml:2:9 only.nto: unknown key `nto`, did you mean `not`?",
  ]);
  expect(problemsOf("name: x\nonly: 5\n")).toEqual([
    "a.yaml:2:7 only: expected text or a list or a mapping, got a number",
  ]);
});

describe("of several forms that are all mappings, the one that was meant is explained", () => {
  const common = { id: z.string(), note: z.string().default("") };
  const Forms = z.strictObject({
    claims: z.array(
      z.union([
        z.strictObject({ ...common, forall: z.string(), demand: z.enum(["equal", "tighter"]) }),
        z.strictObject({ ...common, exists: z.string(), demand: z.enum(["equal", "tighter"]) }),
        z.strictObject({ ...common, forall: z.string(), under: z.array(z.string()), of: z.string() }),
      ]),
    ),
  });
  test.each([
    [
      "by a key that only it has",
      "{ id: a, exists: x, demand: eqaul }",
      ["1:38 claims[0].demand: unknown value `eqaul`, did you mean `equal`?"],
    ],
    [
      "by a key that is nearly its own",
      "{ id: a, exsits: x, demand: equal }",
      [
        "1:10 claims[0].exists: missing, expected text",
        "1:19 claims[0].exsits: unknown key `exsits`, did you mean `exists`?",
      ],
    ],
    [
      "by more of its keys",
      "{ id: a, forall: x, undr: [y], of: z }",
      [
        "1:10 claims[0].under: missing, expected a list",
        "1:30 claims[0].undr: unknown key `undr`, did you mean `under`?",
      ],
    ],
    [
      "by the fewest that it lacks, where its keys are those of another too",
      "{ id: a, forall: x }",
      ["1:10 claims[0].demand: missing; known: `equal`, `tighter`"],
    ],
    [
      "and a key of another form is not suggested",
      "{ id: a, exists: x, demand: equal, undr: [y] }",
      ["1:45 claims[0].undr: unknown key `undr`; known: `id`, `note`, `exists`, `demand`"],
    ],
  ])("%s", (_, claim, expected) => {
    const problems = problemsOf(`claims: [${claim}]\n`, Forms);
    expect(problems).toEqual(expected.map((each) => `a.yaml:${each}`));
  });
});

describe("where a fixed word or a list is due", () => {
  const Set = z.strictObject({ in: z.union([z.literal("any"), z.array(z.string()).min(1)]) });
  test.each([
    ["text is told what to write", "in: azure", "expected `any` or a list, got text, write `[azure]`"],
    ["a slip in the word is told the word", "in: ayn", "unknown value `ayn`, did you mean `any`?"],
    ["a mapping is told both", "in: { azure: 1 }", "expected `any` or a list, got a mapping"],
  ])("%s", (_, text, message) => {
    expect(problemsOf(text, Set)).toEqual([`a.yaml:1:5 in: ${message}`]);
  });
});

test("an unknown key of a record with fixed keys gets a suggestion", () => {
  expect(problemsOf("name: x\nlimits: { token: 5 }\n")).toEqual([
    "a.yaml:2:11 limits.token: unknown key `token`, did you mean `tokens`?",
  ]);
});

test("an empty file says what is missing at its first character", () => {
  expect(problemsOf("")).toEqual(["a.yaml:1:1 missing, expected a mapping"]);
  expect(problemsOf("# only a comment\n")[0]).toContain("expected a mapping");
});

describe("refused with a position", () => {
  const refused: readonly (readonly [string, string, string])[] = [
    [
      "a duplicate key",
      "name: x\ncount: 1\nname: y\n",
      "a.yaml:3:1 key given twice in one mapping, remove one",
    ],
    ["an anchor", "name: &n x\n", "a.yaml:1:10 anchor `&n`, write the value out where it is used"],
    ["an anchor on an empty value", "name: x\nregion: &n\n", "a.yaml:2:11 anchor `&n`"],
    ["an alias", "name: &n x\nregion: *n\n", "a.yaml:2:9 alias `*n`, write the value out"],
    [
      "a merge key",
      "name: x\n<<: { count: 1 }\n",
      "a.yaml:2:1 key `<<` is not allowed, write the entries out",
    ],
    ["a prototype key", "name: x\n__proto__: {}\n", "a.yaml:2:1 key `__proto__` is not allowed"],
    ["a tab", "name: x\nitems:\n\t- id: a\n", "a.yaml:3:1 tab character, indent with spaces"],
    ["a control character", "name: x\u0000\n", "a.yaml:1:8 control character, remove it"],
    ["a tag", "name: !!str 5\n", "a.yaml:1:13 tag `tag:yaml.org,2002:str`, remove it"],
    ["a custom tag", "name: !secret x\n", "tag `!secret`, remove it"],
    ["a second document", "name: x\n---\nname: y\n", "a.yaml:2:1 second document in one file"],
    ["a version directive", "%YAML 1.1\n---\nname: x\n", "a.yaml:1:1 directive, remove it"],
    ["a list as a key", "name: x\n[a]: 1\n", "a.yaml:2:1 not valid YAML:"],
    ["a broken flow list", "name: [x\ncount: 1\n", "not valid YAML:"],
    ["a file above 256 KiB", `name: ${"x".repeat(256 * 1024)}\n`, "a.yaml:1:1 larger than 256 KiB"],
    ["a file above 256 KiB in bytes", `name: ${"é".repeat(150_000)}\n`, "a.yaml:1:1 larger than 256 KiB"],
    [
      "bytes that are no UTF-8",
      `# caf${Buffer.from([0xe9]).toString()}\n`,
      "a.yaml:1:6 character that is not UTF-8",
    ],
  ];
  test.each(refused)("%s", (_, text, message) => {
    expect(problemsOf(text).join("\n")).toContain(message);
  });

  test("refused constructs and values that do not fit are told together", () => {
    const told = problemsOf("name: &n x\nname: y\nregion: ue\n").join("\n");
    for (const part of ["a.yaml:1:10 anchor", "a.yaml:2:1 key given twice", "a.yaml:3:9 region"]) {
      expect(told).toContain(part);
    }
  });

  test("what is refused is not told to be unknown as well", () => {
    expect(problemsOf("name: x\n<<: { count: 1 }\n")).toHaveLength(1);
  });
});

test("a file nested without end is refused in one line", () => {
  for (const opening of ["[", "{a: ", "- "]) {
    const problems = problemsOf(opening.repeat(50_000));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^a\.yaml:1:\d+ nested too deeply to be read/);
  }
});

test("of very many problems the first are listed and the rest counted", () => {
  const keys = Array.from({ length: 200 }, (_, index) => `k${index}: 1`);
  const problems = problemsOf(`name: x\n${keys.join("\n")}\n`);
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)).toContain("and 150 more problems from here on");
});

test("more mistakes than a call can have arguments are counted too", () => {
  const problems = problemsOf("a: 1\n".repeat(50_000));
  expect(problems.join("\n")).toContain("and 49949 more problems from here on");
});

test("a plain percent sign in a text is no directive", () => {
  expect(problemsOf("name: |\n  first\n  % second\n")).toEqual([]);
});
