import { describe, expect, it } from "vitest";
import { classify } from "../../../src/classification/classify.ts";
import type { ApiFamily, Job, Operation, OperationId } from "../../../src/classification/operations.ts";
import type { JsonObject } from "../../../src/domain/json.ts";
import { CHAT, classOf, operationOf, read, RESPONSE, shippedUnder } from "./support.ts";

const AUTO: JsonObject = { tools: [{ type: "code_interpreter", container: { type: "auto" } }] };
const PREVIOUS: JsonObject = { ...RESPONSE, previous_response_id: "resp_1" };
const WITH_FILE: JsonObject = {
  model: "m",
  input: [{ role: "user", content: [{ type: "input_file", file_id: "file-1" }] }],
};
const TUNING: JsonObject = { model: "m", training_file: "file-1" };
const BATCH: JsonObject = { endpoint: "/v1/responses", input_file_id: "file-1" };

describe("the contestable cases, reading by reading", () => {
  const S = "stateless";
  const F = "stateful";
  const M = "management";
  it.each<[string, OperationId, JsonObject | null, string, string, string, string]>([
    // case, operation, body, dependence, family, retention, invocation
    ["a response that says nothing of store", "responses.create", RESPONSE, S, F, F, S],
    ["a response with store:false", "responses.create", { ...RESPONSE, store: false }, S, F, S, S],
    ["a response with store:true", "responses.create", { ...RESPONSE, store: true }, S, F, F, S],
    ["a chat", "chat.completions.create", CHAT, S, S, S, S],
    ["a chat with store:true", "chat.completions.create", { ...CHAT, store: true }, S, S, F, S],
    ["a continued response", "responses.create", { ...PREVIOUS, store: false }, F, F, F, S],
    [
      "background, not stored",
      "responses.create",
      { ...RESPONSE, background: true, store: false },
      F,
      F,
      F,
      S,
    ],
    ["an auto container", "responses.create", { ...RESPONSE, ...AUTO, store: false }, F, F, F, S],
    ["a prompt by id", "responses.create", { ...RESPONSE, store: false, prompt: { id: "p" } }, S, F, F, S],
    ["a file by id", "responses.create", { ...WITH_FILE, store: false }, S, F, F, S],
    ["a tuned model", "chat.completions.create", { ...CHAT, model: "ft:m:org::1" }, S, S, S, S],
    [
      "a cache prewarm",
      "responses.create",
      { ...RESPONSE, store: false, prompt_cache_options: { prewarm: true } },
      S,
      F,
      F,
      S,
    ],
    ["reading a response", "responses.get", null, F, F, F, M],
    ["counting tokens", "responses.input_tokens", RESPONSE, M, F, F, M],
    ["counting tokens of a session", "responses.input_tokens", PREVIOUS, F, F, F, M],
    [
      "a decorative session id",
      "responses.create",
      { ...RESPONSE, session_id: "s", store: false },
      S,
      F,
      S,
      S,
    ],
    ["embeddings", "embeddings.create", { model: "e", input: "x" }, S, S, S, S],
    ["a legacy completion", "completions.create", { model: "m", prompt: "x" }, S, S, S, S],
    ["a batch", "batches.create", BATCH, "batch", "batch", "batch", "batch"],
    ["a fine-tuning job", "fine_tuning.jobs.create", TUNING, "training", "training", "training", "training"],
    ["a file", "files.create", null, M, M, M, M],
    ["the models", "models.list", null, M, M, M, M],
    ["a conversation", "conversations.create", {}, F, F, F, M],
  ])("%s", (_case, id, body, dependence, family, retention, invocation) => {
    expect(classOf(id, body, "dependence").workload).toBe(dependence);
    expect(classOf(id, body, "family").workload).toBe(family);
    expect(classOf(id, body, "retention").workload).toBe(retention);
    expect(classOf(id, body, "invocation").workload).toBe(invocation);
  });
});

describe("the default reading", () => {
  it.each<[string, OperationId, JsonObject | null, Partial<ReturnType<typeof classOf>>]>([
    [
      "a plain chat",
      "chat.completions.create",
      CHAT,
      { workload: "stateless", inference: true, retained: false, rules: ["K1"], widening: null },
    ],
    [
      "store:true on a chat, which alone moves nothing",
      "chat.completions.create",
      { ...CHAT, store: true },
      { workload: "stateless", retained: true, rules: ["K1"] },
    ],
    [
      "a response left to the default of store",
      "responses.create",
      RESPONSE,
      { workload: "stateless", retained: true, rules: ["K1"] },
    ],
    [
      "a background run, kept for polling",
      "responses.create",
      { ...RESPONSE, background: true, store: false },
      { workload: "stateful", retained: true, rules: ["K3"], widening: "background" },
    ],
    [
      "an automatic container",
      "responses.create",
      { ...RESPONSE, ...AUTO, store: false },
      { workload: "stateful", retained: false, rules: ["K4"], widening: "auto-container" },
    ],
    [
      "both at once, which is one widening",
      "responses.create",
      { ...RESPONSE, ...AUTO, background: true, store: false },
      { rules: ["K3"], widening: "background" },
    ],
    [
      "a continued background run, which is no fresh call",
      "responses.create",
      { ...PREVIOUS, background: true, store: false },
      { workload: "stateful", rules: ["K2", "K3"], widening: null },
    ],
    [
      "several references",
      "responses.create",
      { ...RESPONSE, store: false, input: [{ id: "msg_1" }, { id: "msg_2" }] },
      { workload: "stateful", rules: ["K2"] },
    ],
    [
      "kept audio",
      "chat.completions.create",
      { model: "m", messages: [{ role: "assistant", audio: { id: "audio_1" } }] },
      { workload: "stateful", rules: ["K2"] },
    ],
    [
      "content by reference",
      "responses.create",
      { ...WITH_FILE, store: false, prompt: { id: "p" } },
      { workload: "stateless", rules: ["K1"] },
    ],
    [
      "a prompt cache kept for a day",
      "responses.create",
      { ...RESPONSE, prompt_cache_retention: "24h" },
      { workload: "stateless", rules: ["K1"] },
    ],
    [
      "a chat payload on the training endpoint",
      "fine_tuning.jobs.create",
      { ...TUNING, ...CHAT, previous_response_id: "resp_1" },
      { workload: "training", inference: false, rules: ["K9"] },
    ],
    ["reading a stored chat", "chat.completions.get", null, { workload: "stateful", inference: false }],
    ["listing files", "files.list", null, { workload: "management", inference: false, retained: false }],
  ])("%s", (_case, id, body, expected) => {
    expect(classOf(id, body)).toMatchObject(expected);
  });

  it("has a widening only for calls that nothing else moved", () => {
    const background = { ...RESPONSE, background: true };
    expect(classOf("responses.create", background, "retention").widening).toBeNull();
    expect(classOf("responses.create", { ...background, store: false }, "retention").widening).toBe(
      "background",
    );
    expect(classOf("responses.create", background, "family").widening).toBeNull();
    expect(classOf("responses.create", background, "invocation").widening).toBeNull();
  });

  it("shows what was seen", () => {
    expect(classOf("responses.create", { ...PREVIOUS, background: true }).evidence).toEqual({
      job: "generate",
      api: "responses",
      state: "resolved",
      content: "none",
      background: "yes",
      "auto-container": "no",
      store: "kept",
      prompt: "none",
      prewarm: "no",
      cache: "short",
    });
  });
});

describe("a call that the classification does not know is refused as unclassifiable", () => {
  const chat = operationOf("chat.completions.create");
  const features = read("chat.completions.create", CHAT);

  it.each<[string, Operation, string]>([
    [
      "an unknown job",
      { ...chat, job: "dream" as Job },
      "the `job` of the call is not known to the classification",
    ],
    [
      "an unknown API",
      { ...chat, api: "telepathy" as ApiFamily },
      "the `api` of the call is not known to the classification",
    ],
    [
      "a known job under an API that has none such",
      { ...chat, job: "train" },
      "such a call cannot exist: fine-tuning has an API of its own",
    ],
  ])("%s", (_case, operation, message) => {
    expect(classify(shippedUnder({}), operation, features)).toMatchObject({
      kind: "refusal",
      code: "unclassifiable",
      clause: "none",
      message,
    });
  });

  it("a choice that no rule knows leaves its calls without a class, and they are refused too", () => {
    const classifier = shippedUnder({ A1: "dependance" });
    expect(classify(classifier, operationOf("files.list"), features)).toMatchObject({
      workload: "management",
    });
    expect(classify(classifier, operationOf("responses.input_tokens"), features)).toMatchObject({
      code: "unclassifiable",
      message: "no rule says what class such a call has",
    });
  });
});
