import { describe, expect, test } from "vitest";
import { readCredentials } from "../../src/app/credentials.ts";
import { loadConfiguration } from "../../src/app/load-world.ts";
import { readSettings, UsageError } from "../../src/app/settings.ts";
import { callFromRequest, type RequestInput } from "../../src/cli/explain/from-request.ts";
import type { StateEntry } from "../../src/domain/state.ts";

const configuration = loadConfiguration(readSettings({}, {}));

function ask(text: string, input: Partial<RequestInput> = {}): ReturnType<typeof callFromRequest> {
  const nothing = {
    operation: null,
    as: null,
    heldBy: null,
    directory: null,
    credentials: readCredentials({}),
  };
  return callFromRequest(configuration, { bytes: Buffer.from(text), ...nothing, ...input });
}

const CHAT = JSON.stringify({ model: "gpt-5.4", messages: [{ role: "user", content: "hello" }] });
const JSON_TYPE = "content-type: application/json";

describe("a bare body", () => {
  test.each([
    ["chat.completions.create", "messages", CHAT],
    ["embeddings.create", "input", '{"model":"text-embedding-3-small","input":"hello"}'],
    ["responses.create", "input", '{"model":"gpt-5.4","input":"hello"}'],
    ["responses.create", "prompt", '{"model":"gpt-5.4","prompt":{"id":"pmpt_1"}}'],
    ["responses.create", "previous_response_id", '{"model":"gpt-5.4","previous_response_id":"resp_1"}'],
    ["fine_tuning.jobs.create", "training_file", '{"model":"gpt-4.1","training_file":"file-1"}'],
    ["batches.create", "input_file_id", '{"input_file_id":"file-1","endpoint":"/v1/responses"}'],
    ["completions.create", "prompt", '{"model":"gpt-5.4","prompt":"hello"}'],
  ])("is taken for %s by its field `%s`", async (operation, inferredFrom, body) => {
    const { call } = await ask(body);
    expect(call).toMatchObject({ operation, inferredFrom, partner: { id: "direct", known: "assumed" } });
  });

  test("is what --operation says, whatever its fields", async () => {
    const { call } = await ask(CHAT, { operation: "responses.create" });
    expect(call).toMatchObject({
      path: "/v1/responses",
      inferredFrom: null,
      answer: { status: 400, param: "input" },
    });
  });
});

describe("a saved request", () => {
  test("is read with LF or CRLF, with a whole address, and joined from its chunks", async () => {
    const head = [
      "POST http://gateway:8080/v1/chat/completions HTTP/1.1",
      "Authorization: Bearer fake-partner-amazon",
    ];
    const body = `${CHAT.length.toString(16)}\r\n${CHAT}\r\n0\r\n\r\n`;
    const chunked = ["Transfer-Encoding: chunked", JSON_TYPE];
    for (const end of ["\n", "\r\n"]) {
      for (const text of [
        [...head, JSON_TYPE, "", CHAT].join(end),
        [...head, ...chunked, "", body].join(end),
      ]) {
        const { call, subject } = await ask(text);
        expect(call).toMatchObject({
          path: "/v1/chat/completions",
          partner: { id: "amazon", known: "credential" },
          answer: { kind: "sent", deployment: { provider: "azure" } },
        });
        expect(subject?.facts).toMatchObject({ partner: "amazon", workload: "stateless" });
      }
    }
  });

  test.each([
    ["an encoded body", "POST /v1/responses HTTP/1.1\ncontent-encoding: gzip\n\n{}", 415],
    ["a header sent twice", `POST /v1/responses HTTP/1.1\n${JSON_TYPE}\n${JSON_TYPE}\n\n{}`, 400],
    ["a body that is no JSON", `POST /v1/responses HTTP/1.1\n${JSON_TYPE}\n\n{`, 400],
    [
      "a key that stands twice",
      `POST /v1/responses HTTP/1.1\n${JSON_TYPE}\n\n{"model":"a","model":"b"}`,
      400,
    ],
    ["a path that there is not", "GET /v2/responses HTTP/1.1\n\n", 404],
    ["a method that it does not take", "DELETE /v1/responses HTTP/1.1\n\n", 405],
  ])("with %s is answered as the gateway answers", async (_, text, status) => {
    const { call, subject } = await ask(text);
    expect(call.answer).toMatchObject({ kind: "refused", status });
    expect(subject).toBeNull();
  });

  test("for a list or a model is answered from the catalogue", async () => {
    expect((await ask("GET /v1/models HTTP/1.1\n\n")).call.answer).toEqual({
      kind: "catalogue",
      status: 200,
    });
    expect((await ask("GET /v1/models/gpt-9 HTTP/1.1\n\n")).call.answer).toMatchObject({ status: 404 });
  });

  test("that reads kept content goes where the content is", async () => {
    const read = "GET /v1/responses/resp_1 HTTP/1.1\n\n";
    expect((await ask(read, { heldBy: "azure" })).call.answer).toMatchObject({
      deployment: { provider: "azure" },
    });
    const entry: StateEntry = {
      id: "resp_1",
      kind: "response",
      partner: "direct",
      provider: "aws",
      region: "us-east-1",
      expiresAtMs: null,
    };
    const directory = {
      place: "data",
      find: async (partner: string) => (partner === "direct" ? entry : null),
    };
    expect((await ask(read, { directory })).call).toMatchObject({
      references: [{ id: "resp_1", holder: { provider: "aws" }, ledger: "data" }],
      answer: { deployment: { id: "aws/us-east-1" } },
    });
    expect((await ask(read, { directory, as: "amazon" })).call.answer).toMatchObject({
      code: "not_found",
    });
  });

  test("with an id that is held where the agreement does not let it run is refused, and the decision explained", async () => {
    const { call, subject } = await ask("GET /v1/responses/resp_1 HTTP/1.1\n\n", {
      heldBy: "aws",
      as: "first-party",
    });
    expect(call.answer).toMatchObject({ status: 403, code: "agreement_denied", clause: "C4" });
    expect(subject?.facts).toMatchObject({ product: "first-party", workload: "stateful" });
  });
});

describe("a request saved at a partner's frontend", () => {
  const converse = (headers: string): string =>
    `POST /model/openai.gpt-5.4/converse HTTP/1.1\n${JSON_TYPE}${headers}\n\n${JSON.stringify({
      messages: [{ role: "user", content: [{ text: "hello" }] }],
    })}`;
  const signed = (keyId: string): string =>
    `\nauthorization: AWS4-HMAC-SHA256 Credential=${keyId}/20260331/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;

  test.each([
    ["nothing", "", "assumed"],
    ["a signature of its customer", signed("AKIAIOSFODNN7EXAMPLE"), "customer"],
    ["its bearer key", "\nauthorization: Bearer fake-bedrock-key", "customer"],
  ])(
    "a Converse call that shows %s is explained as the stand-in translates it",
    async (_, headers, known) => {
      const { call, subject } = await ask(converse(headers));
      expect(call).toMatchObject({
        path: "/model/openai.gpt-5.4/converse",
        frontend: { partner: "amazon", asks: "POST /v1/chat/completions" },
        operation: "chat.completions.create",
        partner: { id: "amazon", known },
        model: "gpt-5.4",
        answer: { kind: "sent", deployment: { provider: "azure" } },
      });
      expect(subject?.facts).toMatchObject({ partner: "amazon", workload: "stateless" });
    },
  );

  test.each([
    [
      "of a key that is nobody's",
      converse(signed("AKIANOBODYKNOWSTHIS1")),
      403,
      "UnrecognizedClientException",
    ],
    [
      "with the gateway's own key",
      converse("\nauthorization: Bearer fake-partner-amazon"),
      403,
      "AccessDeniedException",
    ],
    ["of a model that there is not", converse("").replace("gpt-5.4", "gpt-9"), 400, "ValidationException"],
    ["that it does not know", converse("").replace("/converse", "/count"), 404, "UnknownOperationException"],
    ["by another method", converse("").replace("POST", "GET"), 405, "MethodNotAllowedException"],
  ])("a Bedrock call %s is refused as the stand-in refuses it", async (_, text, status, code) => {
    const { call, subject } = await ask(text);
    expect(call.answer).toMatchObject({ kind: "refused", status, code });
    expect(call.frontend).toEqual({ partner: "amazon", asks: null });
    expect(subject).toBeNull();
  });

  test("a Bedrock call is what it is, whoever --as says that it comes from", async () => {
    const { call } = await ask(converse("\nauthorization: Bearer of-somebody"), { as: "direct" });
    expect(call).toMatchObject({ partner: { id: "direct", known: "named" }, answer: { kind: "sent" } });
  });

  test("a call of Bedrock's OpenAI paths is told from Azure's by its credential, its model by Bedrock's name", async () => {
    const body = JSON.stringify({ model: "openai.gpt-5.4", input: "hello" });
    const post = `POST /openai/v1/responses HTTP/1.1\n${JSON_TYPE}`;
    const { call } = await ask(`${post}\nauthorization: Bearer fake-bedrock-key\n\n${body}`);
    expect(call).toMatchObject({
      frontend: { partner: "amazon", asks: "POST /v1/responses" },
      partner: { id: "amazon", known: "customer" },
      model: "gpt-5.4",
    });
    const azure = await ask(`${post}\napi-key: fake-partner-azure-direct\n\n${CHAT}`);
    expect(azure.call).toMatchObject({
      frontend: null,
      partner: { id: "azure-direct", known: "credential" },
    });
  });

  test("a call with the key of the direct seller's customer is the direct seller's", async () => {
    const { call } = await ask(
      `POST /v1/chat/completions HTTP/1.1\n${JSON_TYPE}\nauthorization: Bearer fake-customer-direct\n\n${CHAT}`,
    );
    expect(call).toMatchObject({
      frontend: { partner: "direct" },
      partner: { id: "direct", known: "customer" },
      answer: { kind: "sent", deployment: { provider: "azure" } },
    });
  });
});

describe("mistakes", () => {
  test.each<[string, Partial<RequestInput>, RegExp]>([
    ["this is no request\n", {}, /neither a saved HTTP request nor a JSON object: line 1/],
    ["GET /v1/models HTTP/1.1\nhost\n\n", {}, /line 2 is no header/],
    ["", {}, /line 1 is no request line/],
    ["{}", {}, /no field of the body tells its operation: name it with --operation/],
    ["[]", {}, /it is no object/],
    ["{", {}, /cannot tell the operation of the body: the body is not valid JSON/],
    ["{}", { operation: "chat.completion.create" }, /did you mean `chat\.completions\.create`/],
    ["{}", { operation: "files.create" }, /more than a JSON body: save the whole request/],
    ["GET /v1/models HTTP/1.1\n\n", { operation: "models.list" }, /--operation belongs to a bare JSON body/],
    [CHAT, { as: "amazone" }, /unknown partner `amazone`, did you mean `amazon`\?/],
    [CHAT, { heldBy: "azur" }, /unknown provider `azur` for --held-by, did you mean `azure`\?/],
  ])("%j %j", async (text, input, says) => {
    await expect(ask(text, input)).rejects.toThrow(UsageError);
    await expect(ask(text, input)).rejects.toThrow(says);
  });
});
