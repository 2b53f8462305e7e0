import type { IncomingMessage, RequestListener } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfiguration } from "../../src/app/load-world.ts";
import { readSettings } from "../../src/app/settings.ts";
import type { StateEntry } from "../../src/domain/state.ts";
import { createHandOvers } from "../../src/gateway/hand-over.ts";
import { createUpstreams, type Upstreams } from "../../src/gateway/upstream.ts";
import { listen, type RunningServer } from "../../src/http/listener.ts";
import type { Plan } from "../../src/pipeline/plan.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { LedgerStore } from "../../src/stores/store.ts";
import { settledCall } from "../support/settled-call.ts";

/** Requests that each side got, as `METHOD path`. */
let atHolder: string[];
let atReceiver: string[];
let holder: RunningServer;
let receiver: RunningServer;
let upstreams: Upstreams;
let store: LedgerStore;
let answer: (line: string) => Promise<{ status: number; body: object }>;

beforeEach(async () => {
  atHolder = [];
  atReceiver = [];
  store = openMemoryStore();
  answer = async () => ({ status: 404, body: {} });
  const listening = { host: "127.0.0.1", port: 0 };
  holder = await listen(
    recorder(atHolder, (line) => answer(line)),
    listening,
  );
  receiver = await listen(
    recorder(atReceiver, async () => ({ status: 200, body: {} })),
    listening,
  );
  const { world } = loadConfiguration(
    readSettings({}, { CLAUSEWAY_AZURE_URL: holder.url, CLAUSEWAY_AWS_URL: receiver.url }),
  );
  upstreams = createUpstreams(world.providers, { idleTimeoutMs: 5_000 });
});
afterEach(async () => {
  await upstreams.close();
  await holder.close(0);
  await receiver.close(0);
});

function recorder(
  lines: string[],
  reply: (line: string) => Promise<{ status: number; body: object }>,
): RequestListener {
  return (request: IncomingMessage, response) => {
    const line = `${request.method} ${(request.url ?? "").replace(/^.*\/v1/, "").split("?")[0]}`;
    lines.push(line);
    request.resume().on("end", () => {
      void reply(line).then(({ status, body }) => response.writeHead(status).end(JSON.stringify(body)));
    });
  };
}

const ENTRY: StateEntry = {
  id: "resp_1",
  kind: "response",
  partner: "direct",
  provider: "azure",
  region: "eastus2",
  expiresAtMs: null,
};
const MOVED = { provider: "aws", region: "us-east-1", partner: "direct" };
const PLAN = {
  clause: "C9",
  deployment: { id: "aws/us-east-1", provider: "aws", region: "us-east-1" },
  verdict: { providers: ["azure", "aws"] },
} as unknown as Plan;

async function bring(entry: StateEntry): ReturnType<ReturnType<typeof createHandOvers>["bring"]> {
  await store.settle(settledCall("register", { stateChanges: [{ kind: "register", entry }] }));
  const clock = { nowMs: () => 0, monotonicMs: () => 0 };
  return createHandOvers({ upstreams, store, clock }).bring([entry], PLAN, "req_1");
}

test("content that another call moved away while we were reading it is there already: nothing is refused", async () => {
  answer = async () => {
    await store.settle(settledCall("other", { stateChanges: [{ kind: "move", id: ENTRY.id, ...MOVED }] }));
    return { status: 404, body: {} };
  };
  expect(await bring(ENTRY)).toMatchObject({ kind: "brought", moves: [] });
  expect(atReceiver).toEqual([]);
});

test("content that its holder has lost is a refusal with the reason, and nothing is imported", async () => {
  expect(await bring(ENTRY)).toMatchObject({
    kind: "refusal",
    code: "provider_unavailable",
    clause: "C9",
    message: expect.stringContaining("azure answered 404 to GET /responses/resp_1") as unknown,
  });
  expect(atReceiver).toEqual([]);
});

test("a conversation takes the ids of its items along", async () => {
  answer = async (line) =>
    line.endsWith("/items")
      ? { status: 200, body: { object: "list", data: [{ id: "msg_1" }, { id: "msg_2" }], has_more: false } }
      : { status: 200, body: { id: "conv_1", object: "conversation", metadata: {} } };
  const brought = await bring({ ...ENTRY, id: "conv_1", kind: "conversation" });
  if (brought.kind !== "brought") throw new Error(brought.message);
  expect(brought.moves).toEqual(["conv_1", "msg_1", "msg_2"].map((id) => ({ kind: "move", id, ...MOVED })));
  expect(atReceiver).toEqual(["POST /handover"]);
  await brought.release();
  expect(atHolder.at(-1)).toBe("DELETE /conversations/conv_1");
});

test("a chain is read back to its first turn and moves whole", async () => {
  answer = async (line) => {
    if (line.endsWith("/input_items")) return { status: 200, body: { data: [], has_more: false } };
    const id = line.slice("GET /responses/".length);
    const previous = id === "resp_3" ? "resp_2" : id === "resp_2" ? "resp_1" : null;
    return { status: 200, body: { id, previous_response_id: previous, output: [{ id: `msg_of_${id}` }] } };
  };
  const brought = await bring({ ...ENTRY, id: "resp_3" });
  expect(brought).toMatchObject({
    moves: ["resp_1", "resp_2", "resp_3", "msg_of_resp_3", "msg_of_resp_2", "msg_of_resp_1"].map((id) => ({
      id,
      ...MOVED,
    })),
  });
});

/** A chain in which turn N of `resp_N` follows turn N-1, back to the first. */
function answerWithChain(firstTurn: number): void {
  answer = async (line) => {
    if (line.endsWith("/input_items")) return { status: 200, body: { data: [], has_more: false } };
    const turn = Number(line.slice("GET /responses/resp_".length));
    return { status: 200, body: { previous_response_id: turn === firstTurn ? null : `resp_${turn - 1}` } };
  };
}

test("a chain of hundreds of turns moves whole too: a part of it would answer as if it were all", async () => {
  answerWithChain(1);
  const brought = await bring({ ...ENTRY, id: "resp_300" });
  if (brought.kind !== "brought") throw new Error(brought.message);
  expect(brought.moves).toHaveLength(300);
  expect(brought.moves[0]).toMatchObject({ id: "resp_1" });
});

test("a chain without end is refused with the reason, and nothing is moved", async () => {
  answerWithChain(Number.NEGATIVE_INFINITY);
  expect(await bring({ ...ENTRY, id: "resp_0" })).toMatchObject({
    code: "limit_exceeded",
    message: expect.stringContaining("more than 4096 responses, start a new one") as unknown,
    retryAfterSeconds: null,
  });
  expect(atReceiver).toEqual([]);
});

test("a chain that is too large is refused before all of it is in memory", async () => {
  const megabyte = "a".repeat(1_048_576);
  answer = async (line) => {
    if (line.endsWith("/input_items")) return { status: 200, body: { data: [], has_more: false } };
    return { status: 200, body: { previous_response_id: "resp_1", instructions: megabyte } };
  };
  expect(await bring({ ...ENTRY, id: "resp_1" })).toMatchObject({
    code: "limit_exceeded",
    message: expect.stringContaining("too large to be moved") as unknown,
  });
  expect(atHolder.filter((line) => line === "GET /responses/resp_1")).toHaveLength(64);
  expect(atReceiver).toEqual([]);
});

test("a file that is too large to be moved is refused before its content is read", async () => {
  answer = async () => ({ status: 200, body: { id: "file-1", bytes: 200 * 1_048_576 + 1 } });
  expect(await bring({ ...ENTRY, id: "file-1", kind: "file" })).toMatchObject({
    code: "limit_exceeded",
    retryAfterSeconds: null,
  });
  expect(atHolder).toEqual(["GET /files/file-1"]);
});
