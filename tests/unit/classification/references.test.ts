import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/domain/json.ts";
import { CHAT, read, RESPONSE } from "./support.ts";

const state = (kind: string, id: string, field: string) =>
  expect.objectContaining({ kind, id, field, effect: "state" }) as unknown;
const content = (kind: string, id: string, field: string) =>
  expect.objectContaining({ kind, id, field, effect: "content" }) as unknown;
const tool = (fields: JsonObject): JsonObject => ({ tools: [fields] });
const items = (...input: JsonObject[]): JsonObject => ({ input });

describe("references of a response", () => {
  it.each<[JsonObject, unknown[]]>([
    [{ previous_response_id: "resp_1" }, [state("response", "resp_1", "previous_response_id")]],
    [{ conversation: "conv_1" }, [state("conversation", "conv_1", "conversation")]],
    [{ conversation: { id: "conv_1" } }, [state("conversation", "conv_1", "conversation.id")]],
    [items({ type: "item_reference", id: "msg_1" }), [state("item", "msg_1", "input[0].id")]],
    [items({ id: "msg_1" }), [state("item", "msg_1", "input[0].id")]],
    [items({ id: "msg_1", type: null }), [state("item", "msg_1", "input[0].id")]],
    [items({ id: "msg_1", note: "not a known item" }), [state("item", "msg_1", "input[0].id")]],
    [items({ type: "reasoning", id: "rs_1", summary: [] }), [state("item", "rs_1", "input[0].id")]],
    [
      items({ type: "image_generation_call", id: "ig_1", status: "completed", result: null }),
      [state("item", "ig_1", "input[0].id")],
    ],
    [
      tool({ type: "file_search", vector_store_ids: ["vs_1", "vs_2"] }),
      [
        state("vector_store", "vs_1", "tools[0].vector_store_ids[0]"),
        state("vector_store", "vs_2", "tools[0].vector_store_ids[1]"),
      ],
    ],
    [
      tool({ type: "code_interpreter", container: "cntr_1" }),
      [state("container", "cntr_1", "tools[0].container")],
    ],
    [
      tool({ type: "shell", environment: { type: "container_reference", container_id: "cntr_1" } }),
      [state("container", "cntr_1", "tools[0].environment.container_id")],
    ],
    [
      items({
        type: "additional_tools",
        role: "developer",
        tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }],
      }),
      [state("vector_store", "vs_1", "input[0].tools[0].vector_store_ids[0]")],
    ],
    [
      items({ role: "user", content: [{ type: "input_file", file_id: "file-1" }] }),
      [content("file", "file-1", "input[0].content[0].file_id")],
    ],
    [
      items({ role: "user", content: [{ type: "input_image", file_id: "file-1", detail: "low" }] }),
      [content("file", "file-1", "input[0].content[0].file_id")],
    ],
    [
      items({
        type: "function_call_output",
        call_id: "c",
        output: [{ type: "input_file", file_id: "file-1" }],
      }),
      [content("file", "file-1", "input[0].output[0].file_id")],
    ],
    [
      items({ type: "computer_call_output", call_id: "c", output: { file_id: "file-1" } }),
      [content("file", "file-1", "input[0].output.file_id")],
    ],
    [
      tool({ type: "code_interpreter", container: { type: "auto", file_ids: ["file-1"] } }),
      [content("file", "file-1", "tools[0].container.file_ids[0]")],
    ],
    [
      tool({ type: "image_generation", input_image_mask: { file_id: "file-1" } }),
      [content("file", "file-1", "tools[0].input_image_mask.file_id")],
    ],
    [
      { prompt: { id: "pmpt_1", variables: { doc: { type: "input_file", file_id: "file-1" } } } },
      [content("file", "file-1", "prompt.variables.doc.file_id")],
    ],
    [
      { prompt_cache_options: { comparison_response_id: "resp_1" } },
      [content("response", "resp_1", "prompt_cache_options.comparison_response_id")],
    ],
  ])("%j", (fields, expected) => {
    const features = read("responses.create", { ...RESPONSE, ...fields });
    expect(features.references).toEqual(expected);
    expect(features.problems).toEqual([]);
  });

  it.each<JsonObject>([
    { previous_response_id: null, conversation: null },
    { previous_response_id: "", conversation: "" },
    { conversation: { id: null } },
    { metadata: { previous_response_id: "resp_1", conversation: "conv_1", container: "cntr_1" } },
    { user: "resp_1", safety_identifier: "conv_1", prompt_cache_key: "resp_1" },
    { thread_id: "thread_1", session_id: "s", response_id: "resp_1" },
    { input: '{"previous_response_id":"resp_1"}' },
    items({ role: "user", content: [{ type: "input_text", text: "previous_response_id: resp_1" }] }),
    items({ role: "user", content: [{ type: "input_file", file_data: "aGk=", filename: "f" }] }),
    items({ type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "a" }] }),
    items({ type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA" }),
    items({ type: "compaction", id: "cmp_1", encrypted_content: "gAAA" }),
    items({ type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: '{"id":"resp_1"}' }),
    items({ type: "image_generation_call", id: "ig_1", result: "aGk=" }),
    items({ type: "item_reference", id: "" }),
    tool({ type: "function", name: "f", parameters: { previous_response_id: "resp_1", file_id: "file-1" } }),
    tool({ type: "function", name: "f", container: "cntr_1", vector_store_ids: ["vs_1"] }),
    tool({ type: "file_search", vector_store_ids: [] }),
    tool({ type: "shell", environment: { type: "local" } }),
    tool({ type: "image_generation", background: "transparent" }),
    { tools: null, store: true },
  ])("are none in %j", (fields) => {
    const features = read("responses.create", { ...RESPONSE, ...fields });
    expect(features.references).toEqual([]);
    expect(features.autoContainer).toBe(false);
    expect(features.background).toBe(false);
    expect(features.problems).toEqual([]);
  });

  it("note automatic containers", () => {
    const auto = tool({ type: "code_interpreter", container: { type: "auto" } });
    const shell = tool({ type: "shell", environment: { type: "container_auto" } });
    expect(read("responses.create", { ...RESPONSE, ...auto }).autoContainer).toBe(true);
    expect(read("responses.create", { ...RESPONSE, ...shell }).autoContainer).toBe(true);
  });

  it("expose a previous response together with a conversation as a conflict", () => {
    const both = { ...RESPONSE, previous_response_id: "resp_1", conversation: "conv_1" };
    expect(read("responses.create", both).conflictingState).toBe(true);
    expect(read("responses.create", { ...both, conversation: null }).conflictingState).toBe(false);
  });

  it("are bounded, with a problem beyond", () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ id: `msg_${index}` }));
    const features = read("responses.create", { ...RESPONSE, input: many });
    expect(features.references).toHaveLength(128);
    expect(features.problems[0]).toEqual({
      param: "input[128].id",
      message: "a call may name at most `128` stored objects",
    });
  });
});

describe("references of other bodies", () => {
  it("are the kept audio and the files of a chat", () => {
    const messages = [
      { role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] },
      { role: "assistant", audio: { id: "audio_1" } },
      { role: "assistant", content: "x", audio: null },
    ];
    expect(read("chat.completions.create", { ...CHAT, messages }).references).toEqual([
      content("file", "file-1", "messages[0].content[0].file.file_id"),
      state("chat.completion", "audio_1", "messages[1].audio.id"),
    ]);
  });

  it("are none for the fields of a response in a chat", () => {
    const body = { ...CHAT, previous_response_id: "resp_1", conversation: "conv_1", background: true };
    expect(read("chat.completions.create", body)).toEqual(read("chat.completions.create", CHAT));
  });

  it("are the files of jobs and the items of conversations", () => {
    const tuning = { model: "gpt-5.4", training_file: "file-1", validation_file: "file-2" };
    expect(read("fine_tuning.jobs.create", tuning).references).toEqual([
      content("file", "file-1", "training_file"),
      content("file", "file-2", "validation_file"),
    ]);
    const batch = { endpoint: "/v1/responses", input_file_id: "file-1" };
    expect(read("batches.create", batch).references).toEqual([content("file", "file-1", "input_file_id")]);
    const item = { role: "user", content: [{ type: "input_file", file_id: "file-1" }] };
    expect(read("conversations.items.create", { items: [item] }, "conv_1").references).toEqual([
      state("conversation", "conv_1", "id"),
      content("file", "file-1", "items[0].content[0].file_id"),
    ]);
  });

  it("include the object that the path names", () => {
    expect(read("files.content", null, "file-1").references).toEqual([content("file", "file-1", "id")]);
    expect(read("responses.get", null, "resp_1").references).toEqual([state("response", "resp_1", "id")]);
    expect(read("fine_tuning.jobs.get", null, "ftjob-1").references).toEqual([
      content("fine_tuning.job", "ftjob-1", "id"),
    ]);
    expect(read("models.get", null, "gpt-5.4")).toMatchObject({ references: [], model: "gpt-5.4" });
    expect(read("responses.get", null, "resp_1").references[0]?.via).toBe("path");
  });
});
