import { describe, expect, it } from "vitest";
import { createLogger } from "../../../src/telemetry/logger.ts";
import type { CallFinished } from "../../../src/telemetry/call-finished.ts";
import { finishedCall, makeTelemetry, settledCall } from "../../support/telemetry-events.ts";

const CREDENTIALS = [
  "fake-partner-direct",
  "fake-azure-key",
  "sk-proj-abcdefghijklmnop",
  "AKIAIOSFODNN7EXAMPLE",
  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  "Bearer abc",
];

/** Log lines of one event, as parsed objects and as written. */
function logged(event: CallFinished): {
  readonly lines: readonly Record<string, unknown>[];
  readonly text: string;
} {
  let text = "";
  const destination = { write: (line: string) => void (text += line) };
  const logger = createLogger({ level: "info", version: "0.1.0", destination });
  makeTelemetry({ logger }).callFinished(event);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { lines, text };
}

describe("the line of a finished call", () => {
  it("is one line that says what was decided, used and charged, money as a string", () => {
    const { lines } = logged(finishedCall({ settled: settledCall(9_007_199_254_740_993n, 1n) }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "info",
      service: "clauseway",
      version: "0.1.0",
      request_id: "req_1",
      agreement: "2026-02-27",
      clause: "C1",
      clauses: ["C1", "C3"],
      provider: "azure",
      region: "eastus2",
      decision: "route",
      outcome: "ok",
      http_status: 200,
      duration_ms: 120,
      upstream_ms: 118,
      input_tokens: 1_000,
      charge_pico_usd: "9007199254740993",
    });
    expect(lines[0]?.["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it.each([
    ["info", finishedCall()],
    ["warn", finishedCall({ httpStatus: 404, outcome: "client_error" })],
    ["warn", finishedCall({ decision: "deny", provider: null, deployment: null, httpStatus: 403 })],
    ["error", finishedCall({ httpStatus: 502, outcome: "upstream_error" })],
    ["error", finishedCall({ provider: "aws" })],
  ])("has level %s", (level, event) => {
    expect(logged(event).lines[0]?.["level"]).toBe(level);
  });

  it.each(CREDENTIALS)("never holds a credential pasted where callers write: %s", (credential) => {
    const { text, lines } = logged(
      finishedCall({ model: credential, upstreamError: `refused for ${credential}` }),
    );
    expect(text).not.toContain(credential);
    expect(lines[0]?.["model"]).toBe("[masked]");
  });

  it("does not mask the names of real models", () => {
    for (const model of [
      "gpt-5.4",
      "gpt-4o-mini-2024-07-18",
      "openai.gpt-oss-120b-1:0",
      "text-embedding-3-large",
    ]) {
      expect(logged(finishedCall({ model })).lines[0]?.["model"]).toBe(model);
    }
  });

  it("clips a long model name and stays one line whatever it holds", () => {
    const { lines, text } = logged(finishedCall({ model: "a b\n".repeat(5_000) }));
    expect(lines).toHaveLength(1);
    expect(text.length).toBeLessThan(1_500);
  });
});

describe("the logger", () => {
  it("redacts credential headers that anyone logs", () => {
    let text = "";
    const logger = createLogger({
      level: "info",
      version: "0",
      destination: { write: (line) => void (text += line) },
    });
    const secrets = { authorization: CREDENTIALS[0], "api-key": CREDENTIALS[1], cookie: CREDENTIALS[2] };
    logger.info({ headers: secrets, req: { headers: secrets }, ...secrets }, "a careless line");
    for (const credential of CREDENTIALS) expect(text).not.toContain(credential);
    expect(text.match(/\[redacted\]/g)).toHaveLength(9);
  });

  it("writes nothing when silent", () => {
    let text = "";
    const logger = createLogger({
      level: "silent",
      version: "0",
      destination: { write: (line) => void (text += line) },
    });
    makeTelemetry({ logger }).callFinished(finishedCall({ httpStatus: 500 }));
    expect(text).toBe("");
  });
});
