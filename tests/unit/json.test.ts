import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "../../src/wire/openai/json.ts";

const read = (text: string): ReturnType<typeof parseJson> => parseJson(Buffer.from(text));

describe("a key that stands twice", () => {
  test.each([
    ["at the top", '{"model":"a","model":"b"}', "model"],
    ["in a list", '{"messages":[{"role":"user"},{"role":"user","role":"system"}]}', "messages[1].role"],
    ["spelt with an escape", '{"model":"a","mod\\u0065l":"b"}', "model"],
    ["spelt with another escape", '{"a/b":1,"a\\/b":2}', "a/b"],
    ["after a nested object", '{"a":{"b":1},"c":2,"a":3}', "a"],
    ["after a text full of quotes", '{"a":"\\"a\\":\\\\","a":1}', "a"],
    ["that is empty", '{"":1,"":2}', ""],
  ])("%s is refused, with its place", (_case, text, path) => {
    expect(read(text)).toEqual({ kind: "duplicate-key", path });
  });

  test("is found at any depth and place", () => {
    const steps = fc.array(fc.constantFrom("object", "array"), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.string(), fc.json(), (path, key, value) => {
        const name = JSON.stringify(key === "__proto__" ? "key" : key);
        const innermost = `{${name}:${value},"other-${name.slice(1, -1)}":1,${name}:0}`;
        const text = path.reduceRight(
          (inside, step) => (step === "object" ? `{"k":${inside}}` : `[0,${inside}]`),
          innermost,
        );
        // The value may itself be refused, for a key of its own.
        if (read(value).kind === "ok") expect(read(text).kind).toBe("duplicate-key");
      }),
    );
  });

  test("in two different objects is none", () => {
    expect(read('{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}').kind).toBe("ok");
  });

  test("as a value is none", () => {
    expect(read('{"a":"b","b":"a","c":["a","a","a"]}').kind).toBe("ok");
  });
});

test("whatever JSON.stringify writes is read as the same value", () => {
  const value = fc.jsonValue({ maxDepth: 10 }).filter((one) => !JSON.stringify(one).includes("__proto__"));
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2, "\t"), (one, indent) => {
      const text = JSON.stringify(one, null, indent);
      expect(read(text)).toEqual({ kind: "ok", value: JSON.parse(text) as unknown });
    }),
  );
});

test.each([
  ["nothing", ""],
  ["half an object", '{"a":'],
  ["two values", "{} {}"],
  ["a trailing comma", '{"a":1,}'],
  ["a comment", '{"a":1 /* b */}'],
  ["a number that JSON does not have", '{"a":NaN}'],
  ["the prototype as a key", '{"__proto__":{}}'],
  ["the prototype as an escaped key", '{"__pr\\u006fto__":{}}'],
  ["65 levels", "[".repeat(65) + "]".repeat(65)],
])("%s is malformed", (_case, text) => {
  expect(read(text).kind).toBe("malformed");
});

test("64 levels are read", () => {
  expect(read("[".repeat(64) + "]".repeat(64)).kind).toBe("ok");
});

test("bytes that are no UTF-8 are malformed", () => {
  expect(parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22])).kind).toBe("malformed");
  expect(parseJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])).kind).toBe("malformed");
});

test("more keys than anyone needs are malformed", () => {
  const keys = (count: number): string =>
    `{${Array.from({ length: count }, (_, at) => `"${at}":0`).join(",")}}`;
  expect(read(keys(100_000)).kind).toBe("ok");
  expect(read(keys(100_001)).kind).toBe("malformed");
});

test("no bytes make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(["ok", "malformed", "duplicate-key"]).toContain(parseJson(Buffer.from(bytes)).kind);
    }),
  );
});
