import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchOperation, OPERATIONS } from "../../../src/classification/operations.ts";

describe("matching a request line", () => {
  it.each(OPERATIONS)("finds $id by its method and pattern", (operation) => {
    const path = operation.pattern.replace("{id}", "id_1").replace("{sub_id}", "sub_1");
    expect(matchOperation(operation.method, path)).toEqual({
      kind: "matched",
      operation,
      id: operation.pattern.includes("{id}") ? "id_1" : null,
      subId: operation.pattern.includes("{sub_id}") ? "sub_1" : null,
    });
  });

  it("gives every operation an id and a request line of its own", () => {
    expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
    expect(new Set(OPERATIONS.map(({ method, pattern }) => `${method} ${pattern}`)).size).toBe(
      OPERATIONS.length,
    );
  });

  it("accepts the ids of fine-tuned models", () => {
    expect(matchOperation("GET", "/models/ft:gpt-5.4:org::abc.1-x")).toMatchObject({
      kind: "matched",
      id: "ft:gpt-5.4:org::abc.1-x",
    });
  });

  it.each([
    "",
    "/",
    "/nothing",
    "//evil/x",
    "//chat/completions",
    "/\\evil",
    "/%2e%2e/",
    "/a/../b",
    "/chat/../responses",
    "/chat%2fcompletions",
    "/responses/%2e%2e",
    "/responses/a%2fb",
    "/responses/.",
    "/responses/..",
    "/responses/../input_items",
    "/responses/..;/input_items",
    "/conversations/c/items/..",
    "/responses/a%00",
    "/responses/a\u0000",
    "/responses/a#frag",
    "/responses/a;x",
    "/responses/a b",
    "/responses/a\n",
    "/responses/a?x",
    "/chat/completions/",
    "/chat//completions",
    "/chat/completions#",
    "/chat/completions;x",
    "/chat/completions?x=1",
    "/chat/completions%00",
    "/Chat/Completions",
    "chat/completions",
    "/responses/",
    "/responses//input_items",
    "/responses/ré",
    "/responses/a/b/c",
    "/v1/chat/completions",
    "/toString",
    "/__proto__",
    "/constructor/prototype",
  ])("does not know the path %j", (path) => {
    expect(matchOperation("POST", path)).toEqual({ kind: "unknown-path" });
    expect(matchOperation("GET", path)).toEqual({ kind: "unknown-path" });
  });

  it("bounds an id at 128 characters", () => {
    expect(matchOperation("GET", `/files/${"a".repeat(128)}`).kind).toBe("matched");
    expect(matchOperation("GET", `/files/${"a".repeat(129)}`).kind).toBe("unknown-path");
    expect(matchOperation("GET", `/files/${"a".repeat(1_000_000)}`).kind).toBe("unknown-path");
  });

  it.each([
    ["PUT", "/chat/completions", ["POST", "GET"]],
    ["post", "/embeddings", ["POST"]],
    ["GET", "/embeddings", ["POST"]],
    ["PATCH", "/conversations/c1", ["GET", "POST", "DELETE"]],
    ["OPTIONS", "/files/f1/content", ["GET"]],
    ["", "/models", ["GET"]],
  ])("names the allowed methods for %s %s", (method, path, allowed) => {
    expect(matchOperation(method, path)).toEqual({ kind: "wrong-method", allowed });
  });

  it("never reads a word of the API as an id", () => {
    expect(matchOperation("GET", "/responses/input_tokens")).toEqual({
      kind: "wrong-method",
      allowed: ["POST"],
    });
  });

  it("matches a path only if it is a pattern with well-formed ids, whatever the bytes", () => {
    const wellFormed =
      /^\/[a-z_]+(?:\/[a-z_]+)?(?:\/[A-Za-z0-9_.:-]{1,128})?(?:\/[a-z_]+)?(?:\/[A-Za-z0-9_.:-]{1,128})?$/;
    const piece = fc.oneof(
      fc.constantFrom(
        "chat",
        "completions",
        "responses",
        "files",
        "conversations",
        "items",
        "..",
        ".",
        "%2f",
        "",
      ),
      fc.string({ maxLength: 5 }),
    );
    const path = fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join("/")}`);
    fc.assert(
      fc.property(path, fc.constantFrom("GET", "POST", "DELETE"), (path, method) => {
        const match = matchOperation(method, path);
        if (match.kind !== "matched") return;
        expect(path).toMatch(wellFormed);
        expect(path.split("/")).not.toContain("..");
        const rebuilt = match.operation.pattern
          .replace("{id}", () => match.id ?? "")
          .replace("{sub_id}", () => match.subId ?? "");
        expect(rebuilt).toBe(path);
      }),
      { numRuns: 2000 },
    );
  });
});
