import { describe, expect, test } from "vitest";
import { REFUSAL_CODES, refusal, statusOf, type Refusal } from "../../../src/domain/refusal.ts";
import { azureRefusal } from "../../../src/wire/azure/refusals.ts";

const BY_KEY = { usedBearer: false };

function bodyOf(refused: Refusal, shown = BY_KEY): { readonly error: Record<string, unknown> } {
  return JSON.parse(azureRefusal(refused, shown).body) as { readonly error: Record<string, unknown> };
}

describe("what Azure has words for is told in them", () => {
  test.each([
    [
      refusal("invalid_api_key", "incorrect API key provided"),
      "401",
      /^Access denied due to invalid subscription key/,
    ],
    [
      refusal("model_not_found", "no model `x`"),
      "DeploymentNotFound",
      /^The API deployment .* does not exist/,
    ],
    [
      refusal("unknown_path", "no such operation here", { remedy: "see" }),
      "404",
      /^Resource not found: .*; see$/,
    ],
    [refusal("rate_limited", "too many", { retryAfterSeconds: 3 }), "429", /^too many$/],
    [refusal("unsupported_parameter", "no", { param: "model" }), "OperationNotSupported", /^no$/],
    [refusal("unsupported_parameter", "no", { param: "api-version" }), "BadRequest", /^no$/],
    [refusal("upstream_timeout", "too late"), "Timeout", /^too late$/],
    [refusal("provider_unavailable", "down"), "ServiceUnavailable", /^down$/],
  ])("%j", (refused, code, message) => {
    expect(bodyOf(refused).error).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
  });

  test("a refused token has no `error` object", () => {
    expect(bodyOf(refusal("invalid_api_key", "no"), { usedBearer: true })).toEqual({
      statusCode: 401,
      message: expect.stringMatching(/^Unauthorized/) as unknown,
    });
  });
});

test("a refusal by clause says the clause and the remedy", () => {
  const refused = refusal("agreement_denied", "clause C1 says no", { clause: "C1", remedy: "do this" });
  expect(azureRefusal(refused, BY_KEY).status).toBe(403);
  expect(bodyOf(refused)).toEqual({
    error: { code: "agreement_denied", message: "clause C1 says no; do this", clause: "C1" },
  });
});

test("a model that no allowed provider serves is told with the clause that left none", () => {
  const refused = refusal("model_not_found", "nobody that clause C1 allows", {
    clause: "C1",
    param: "model",
  });
  expect(bodyOf(refused).error).toMatchObject({
    code: "DeploymentNotFound",
    message: refused.message,
    clause: "C1",
  });
});

test.each(REFUSAL_CODES)("`%s` has the status it has in every dialect, a code and a message", (code) => {
  const { status, headers, body } = azureRefusal(refusal(code, "said"), BY_KEY);
  expect(status).toBe(statusOf(code));
  expect(headers["content-type"]).toBe("application/json");
  const { error } = JSON.parse(body) as { error: Record<string, unknown> };
  expect(error).toMatchObject({
    code: expect.stringMatching(/./) as unknown,
    message: expect.stringMatching(/./) as unknown,
  });
});

test("failures that Azure does not tell apart are told apart inside", () => {
  const codes = ["upstream_error", "upstream_truncated", "internal_error"] as const;
  expect(codes.map((code) => bodyOf(refusal(code, "failed")).error)).toEqual(
    codes.map((code) => ({ code: "InternalServerError", message: "failed", innererror: { code } })),
  );
});

test("waiting is told in seconds and milliseconds, methods by `allow`", () => {
  expect(azureRefusal(refusal("rate_limited", "x", { retryAfterSeconds: 3 }), BY_KEY).headers).toMatchObject({
    "retry-after": "3",
    "retry-after-ms": "3000",
  });
  expect(
    azureRefusal(refusal("method_not_allowed", "x", { allowedMethods: ["POST"] }), BY_KEY).headers,
  ).toMatchObject({
    allow: "POST",
  });
});

test("what an Azure upstream said of the caller's mistake stays whole, with the clause", () => {
  const told = {
    message: "filtered",
    code: "content_filter",
    status: 400,
    innererror: { code: "ResponsibleAI" },
  };
  const refused = refusal("unsupported_parameter", "filtered", { clause: "C1", told });
  expect(bodyOf(refused)).toEqual({ error: { ...told, clause: "C1" } });
});
