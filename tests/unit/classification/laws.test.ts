import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Features } from "../../../src/classification/features.ts";
import type { OperationId } from "../../../src/classification/operations.ts";
import type { JsonObject, JsonValue } from "../../../src/domain/json.ts";
import { CHAT, classOf, read, RESPONSE } from "./support.ts";

const READINGS = ["dependence", "family", "retention", "invocation"];

const id = fc.constantFrom("resp_1", "conv_1", "msg_1", "cntr_1", "vs_1", "file-1", "audio_1");
/** Every field that would move a call or be refused, were it in a place with a meaning. */
const decoy: fc.Arbitrary<JsonObject> = fc.record(
  {
    previous_response_id: id,
    conversation: fc.oneof(
      id,
      id.map((id) => ({ id })),
    ),
    input: id.map((id) => [{ type: "item_reference", id }]),
    container: id,
    environment: id.map((container_id) => ({ type: "container_reference", container_id })),
    vector_store_ids: fc.array(id, { minLength: 1, maxLength: 2 }),
    audio: id.map((id) => ({ id })),
    file_id: id,
    background: fc.constant(true),
    store: fc.boolean(),
    id,
    type: fc.constantFrom("item_reference", "auto", "file_search"),
    api_base: fc.webUrl(),
    provider: fc.constantFrom("aws", "azure"),
  },
  { requiredKeys: [] },
);

function nest(value: JsonValue, depth: number): JsonValue {
  let nested = value;
  for (let level = 0; level < depth; level += 1) nested = level % 3 === 0 ? [nested] : { parameters: nested };
  return nested;
}

const CHAT_WRAPPERS: readonly ((decoy: JsonObject) => JsonObject)[] = [
  (decoy) => ({ metadata: decoy }),
  (decoy) => ({ user: JSON.stringify(decoy) }),
  (decoy) => ({ messages: [{ role: "user", content: JSON.stringify(decoy) }] }),
  (decoy) => ({ messages: [{ role: "user", content: [{ type: "text", text: JSON.stringify(decoy) }] }] }),
  (decoy) => ({ tools: [{ type: "function", function: { name: "f", parameters: decoy } }] }),
  (decoy) => ({ functions: [{ name: "f", parameters: { properties: decoy } }] }),
  (decoy) => ({ response_format: { type: "json_schema", json_schema: { name: "s", schema: decoy } } }),
  (decoy) => ({
    messages: [
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "c", type: "function", function: { name: "f", arguments: JSON.stringify(decoy) } },
          { id: "d", type: "function", function: { name: "f", arguments: decoy } },
        ],
      },
    ],
  }),
];

const RESPONSE_WRAPPERS: readonly ((decoy: JsonObject) => JsonObject)[] = [
  (decoy) => ({ metadata: decoy }),
  (decoy) => ({ user: JSON.stringify(decoy) }),
  (decoy) => ({ input: JSON.stringify(decoy) }),
  (decoy) => ({ input: [{ role: "user", content: [{ type: "input_text", text: JSON.stringify(decoy) }] }] }),
  (decoy) => ({ tools: [{ type: "function", name: "f", parameters: decoy }] }),
  (decoy) => ({ text: { format: { type: "json_schema", name: "s", schema: decoy } } }),
  (decoy) => ({
    input: [{ type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: JSON.stringify(decoy) }],
  }),
  (decoy) => ({ input: [{ type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: decoy }] }),
  (decoy) => ({
    tools: [{ type: "namespace", tools: [{ type: "function", name: "f", parameters: decoy }] }],
  }),
];

function expectSameEvidence(id: OperationId, plain: JsonObject, wrapped: JsonObject): void {
  const { references, forbidden, problems, background, autoContainer } = read(id, wrapped);
  expect({ references, forbidden, problems, background, autoContainer }).toEqual({
    references: [],
    forbidden: [],
    problems: [],
    background: false,
    autoContainer: false,
  });
  for (const reading of READINGS) expect(classOf(id, wrapped, reading)).toEqual(classOf(id, plain, reading));
}

describe("laws of classification", () => {
  it("ids in metadata, schemas, arguments or text never change a chat", () => {
    fc.assert(
      fc.property(decoy, fc.constantFrom(...CHAT_WRAPPERS), (decoy, wrap) =>
        expectSameEvidence("chat.completions.create", CHAT, { ...CHAT, ...wrap(decoy) }),
      ),
    );
  });

  it("ids in metadata, schemas, arguments or text never change a response", () => {
    fc.assert(
      fc.property(decoy, fc.constantFrom(...RESPONSE_WRAPPERS), (decoy, wrap) =>
        expectSameEvidence("responses.create", RESPONSE, { ...RESPONSE, ...wrap(decoy) }),
      ),
    );
  });

  it("the decoys do move a response when they stand where they mean something", () => {
    const moving = fc
      .tuple(decoy, id)
      .map(([decoy, previous]) => ({ ...RESPONSE, ...decoy, previous_response_id: previous }));
    fc.assert(
      fc.property(moving, (body) => {
        expect(classOf("responses.create", body).workload).toBe("stateful");
      }),
    );
  });

  it("the order of keys never matters, at any level", () => {
    const body = fc
      .tuple(decoy, fc.constantFrom(...RESPONSE_WRAPPERS), decoy)
      .map(([outer, wrap, inner]) => ({ ...RESPONSE, ...outer, ...wrap(inner) }));
    fc.assert(
      fc.property(body, fc.infiniteStream(fc.nat(1000)), (body, numbers) => {
        const shuffled = shuffleKeys(body, () => numbers.next().value ?? 0) as JsonObject;
        expect(sorted(read("responses.create", shuffled))).toEqual(sorted(read("responses.create", body)));
        expect(classOf("responses.create", shuffled)).toEqual(classOf("responses.create", body));
      }),
    );
  });

  it("depth changes nothing and exhausts nothing", () => {
    fc.assert(
      fc.property(decoy, fc.constantFrom(1, 64, 50_000), (decoy, depth) => {
        const deep = { extra: nest({ harmless: true }, depth), metadata: nest(decoy, depth) };
        expectSameEvidence("responses.create", RESPONSE, { ...RESPONSE, ...deep });
        const tools = [{ type: "function", name: "f", parameters: nest(decoy, depth) }];
        expectSameEvidence("responses.create", RESPONSE, { ...RESPONSE, tools });
      }),
      { numRuns: 30 },
    );
  });

  it("no body of any shape makes reading or classifying throw", () => {
    const operation = fc.constantFrom<OperationId>(
      "chat.completions.create",
      "completions.create",
      "responses.create",
      "responses.input_tokens",
      "embeddings.create",
      "conversations.create",
      "conversations.items.create",
      "fine_tuning.jobs.create",
      "batches.create",
    );
    const field = fc.constantFrom(
      "model",
      "messages",
      "input",
      "tools",
      "conversation",
      "previous_response_id",
      "prompt",
      "items",
      "stream",
      "prompt_cache_options",
      "stream_options",
      "type",
      "container",
      "environment",
      "content",
      "role",
      "id",
    );
    const value = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<JsonValue>(
          null,
          true,
          0,
          -1,
          "",
          "assistant",
          "code_interpreter",
          "shell",
          "item_reference",
        ),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(field, tie("value"), { maxKeys: 4 }) as fc.Arbitrary<JsonObject>,
      ),
    })).value;
    const body = fc.dictionary(field, value, { maxKeys: 6 }) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(operation, body, fc.constantFrom(...READINGS), (id, body, reading) => {
        expect(classOf(id, body, reading).rules).not.toHaveLength(0);
      }),
      { numRuns: 1000 },
    );
  });
});

function shuffleKeys(value: JsonValue, draw: () => number): JsonValue {
  if (Array.isArray(value)) return value.map((element: JsonValue) => shuffleKeys(element, draw));
  if (typeof value !== "object" || value === null) return value;
  const keyed = Object.entries(value).map(([key, child]) => [draw(), key, shuffleKeys(child, draw)] as const);
  return Object.fromEntries(keyed.sort(([a], [b]) => a - b).map(([, key, child]) => [key, child]));
}

/** What is found is a set; only the order in which fields are met may follow the body. */
function sorted(features: Features) {
  return { ...features, forbidden: features.forbidden.toSorted() };
}
