import { describe, expect, test } from "vitest";
import { readCredentials } from "../../../src/app/credentials.ts";
import { loadConfiguration } from "../../../src/app/load-world.ts";
import { readSettings } from "../../../src/app/settings.ts";
import { callFromRequest, type RequestInput } from "../../../src/cli/explain/from-request.ts";

const configuration = loadConfiguration(readSettings({}, {}));

async function ask(text: string, input: Partial<RequestInput> = {}): ReturnType<typeof callFromRequest> {
  const nothing = {
    operation: null,
    as: null,
    heldBy: null,
    directory: null,
    credentials: readCredentials({}),
  };
  return callFromRequest(configuration, { bytes: Buffer.from(text), ...nothing, ...input });
}

const MESSAGES = JSON.stringify({ messages: [{ role: "user", content: "hello" }] });
const CHAT = JSON.stringify({ model: "gpt-5.4", messages: [{ role: "user", content: "hello" }] });
const DATED = "POST /openai/deployments/gpt-5.4/chat/completions?api-version=2024-10-21 HTTP/1.1";
const JSON_TYPE = "content-type: application/json";

describe("a saved request on Azure's paths", () => {
  test("is explained for the partner of its key, or for one that may call them", async () => {
    for (const [headers, known] of [
      [`${JSON_TYPE}\napi-key: fake-partner-azure-direct`, "credential"],
      [JSON_TYPE, "assumed"],
    ] as const) {
      const { call, subject } = await ask(`${DATED}\n${headers}\n\n${MESSAGES}`);
      expect(call).toMatchObject({
        operation: "chat.completions.create",
        partner: { id: "azure-direct", known },
        model: "gpt-5.4",
        answer: { kind: "sent", deployment: { provider: "azure" } },
      });
      expect(subject?.facts).toMatchObject({ seller: "microsoft", workload: "stateless" });
    }
  });

  test("is refused as the gateway refuses it", async () => {
    const { call } = await ask(`${DATED}\n${JSON_TYPE}\n\n${MESSAGES}`, { as: "direct" });
    expect(call.answer).toMatchObject({ status: 404, code: "unknown_path" });
    const unversioned = await ask(
      `${DATED.replace("?api-version=2024-10-21", "")}\n${JSON_TYPE}\n\n${MESSAGES}`,
    );
    expect(unversioned.call.answer).toMatchObject({ status: 404, param: "api-version" });
  });
});

test("a bare body is sent on the path that the named partner may call", async () => {
  const { call, subject } = await ask(CHAT, { as: "azure-direct" });
  expect(call).toMatchObject({ path: "/openai/v1/chat/completions", answer: { kind: "sent" } });
  expect(subject?.facts).toMatchObject({ seller: "microsoft" });
  expect((await ask(CHAT)).call).toMatchObject({ path: "/v1/chat/completions", partner: { id: "direct" } });
});
