import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchOperation } from "../../../src/classification/operations.ts";
import { isDatedVersion, readAzureAddress, withoutApiVersion } from "../../../src/wire/azure/paths.ts";

const DATED = "?api-version=2024-10-21";

/** What is left of the path for the API, with the deployment. */
function read(target: string): unknown {
  const address = readAzureAddress(target);
  if (address.kind !== "address") return address.kind;
  return [target.split("?", 1)[0]?.slice(address.pathStart), address.deployment];
}

describe("a dated path", () => {
  test.each([
    ["/openai/deployments/gpt-5.4/chat/completions", "/chat/completions", "gpt-5.4"],
    ["/openai/deployments/my_own.name/embeddings", "/embeddings", "my_own.name"],
    ["/openai/deployments/a/completions", "/completions", "a"],
    ["/openai/deployments/a/batches", "/batches", "a"],
    ["/openai/responses", "/responses", null],
    ["/openai/responses/resp_1/input_items", "/responses/resp_1/input_items", null],
    ["/openai/files/file-1/content", "/files/file-1/content", null],
    ["/openai/batches", "/batches", null],
    ["/openai/models", "/models", null],
  ])("`%s` is `%s` of deployment %s", (path, rest, deployment) => {
    expect(read(`${path}${DATED}`)).toEqual([rest, deployment]);
  });

  test.each([
    "",
    "?",
    "?api-version=",
    "?api-version=latest",
    "?api-version=preview",
    "?api-version=2024-10",
    "?api-version=2024-13-01",
    "?api-version=2024-10-32",
    "?api-version=2024-10-21-beta",
    "?api-version=2024-10-21%0d%0ax",
    "?API-Version=2024-10-21",
    "?api-version=2024-10-21&api-version=2025-01-01",
  ])("with the query `%s` does not exist", (query) => {
    expect(read(`/openai/deployments/gpt-5.4/chat/completions${query}`)).toBe("no-version");
    expect(read(`/openai/responses${query}`)).toBe("no-version");
  });

  test("takes the version among other parameters, encoded or not", () => {
    expect(read("/openai/files?limit=2&api-version=2025-04-01-preview")).toEqual(["/files", null]);
    expect(read("/openai/files?api%2Dversion=2025-04-01-preview")).toEqual(["/files", null]);
  });

  test.each(["/chat/completions", "/completions", "/embeddings"])(
    "of `%s` exists under a deployment only",
    (rest) => {
      expect(read(`/openai${rest}${DATED}`)).toBe("no-deployment");
    },
  );

  test.each([
    "/openai/deployments/gpt-5.4/responses",
    "/openai/deployments/gpt-5.4/chat/completions/",
    "/openai/deployments/gpt-5.4/chat",
    "/openai/deployments/gpt-5.4",
    "/openai/deployments/",
    "/openai/deployments//chat/completions",
    "/openai/deployments/a/b/chat/completions",
    "/openai/deployments/../chat/completions/x",
  ])("`%s` is none", (path) => {
    expect(read(`${path}${DATED}`)).toBe("unknown-path");
  });

  test("is compared as sent: an encoded slash ends no deployment", () => {
    expect(read(`/openai/deployments/a%2Fchat/completions${DATED}`)).toEqual(["/completions", "a%2Fchat"]);
  });
});

describe("a v1 path", () => {
  test.each(["", "?api-version=preview", "?api-version=latest", "?api-version=v1", "?limit=2"])(
    "takes the query `%s`",
    (query) => {
      expect(read(`/openai/v1/chat/completions${query}`)).toEqual(["/chat/completions", null]);
      expect(read(`/openai/v1/responses/resp_1${query}`)).toEqual(["/responses/resp_1", null]);
    },
  );

  test.each(["2024-10-21", "", "LATEST", "latest&api-version=preview"])("has no version `%s`", (version) => {
    expect(read(`/openai/v1/chat/completions?api-version=${version}`)).toBe("wrong-version");
  });

  test("has no deployments", () => {
    const address = readAzureAddress("/openai/v1/deployments/gpt-5.4/chat/completions");
    expect(address).toMatchObject({ kind: "address", deployment: null });
    expect(matchOperation("POST", "/deployments/gpt-5.4/chat/completions").kind).toBe("unknown-path");
  });
});

test("whatever the target, what is left is a tail of its path, and the deployment is one segment of it", () => {
  const segment = fc.constantFrom(
    "deployments",
    "v1",
    "chat",
    "completions",
    "embeddings",
    "..",
    "",
    "a%2f",
    "x",
  );
  const target = fc
    .tuple(
      fc.array(segment, { maxLength: 6 }),
      fc.constantFrom("", DATED, "?api-version=latest", "?x=/openai/v1/"),
    )
    .map(([segments, query]) => `/openai/${segments.join("/")}${query}`);
  fc.assert(
    fc.property(target, (one) => {
      const address = readAzureAddress(one);
      if (address.kind !== "address") return;
      const [path = ""] = one.split("?", 1);
      const under = address.deployment === null ? [] : [`/openai/deployments/${address.deployment}`];
      expect(path.slice(address.pathStart)).toMatch(/^\//);
      expect(["/openai", "/openai/v1", ...under]).toContain(path.slice(0, address.pathStart));
      expect(address.deployment ?? "").not.toContain("/");
    }),
  );
});

test("every dated version is a day of some month", () => {
  expect(["2024-10-21", "2025-04-01-preview"].every((version) => isDatedVersion(version))).toBe(true);
  expect([null, "", "v1", "2024-00-10", "12024-10-21"].some((version) => isDatedVersion(version))).toBe(
    false,
  );
});

test.each([
  ["/files?api-version=2024-10-21", "/files"],
  ["/files?limit=2&api-version=preview&after=a", "/files?limit=2&after=a"],
  ["/files?limit=2", "/files?limit=2"],
  ["/files", "/files"],
  ["/files?", "/files"],
])("`%s` goes on as `%s`", (target, without) => {
  expect(withoutApiVersion(target)).toBe(without);
});
