/** Microsoft's channel: Azure's own clients at the gateway, and the money that then runs the other way. */

import OpenAI, {
  APIError,
  AuthenticationError,
  AzureOpenAI,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  toFile,
} from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadConfiguration, type Configuration } from "../../src/app/load-world.ts";
import { readSettings } from "../../src/app/settings.ts";
import { metered, placed } from "../support/clients.ts";
import { startFaultWorld, type FaultWorld } from "../support/fault-world.ts";
import { readLedgerRows, readPostings } from "../support/ledger-rows.ts";
import { sumOf } from "../support/metrics-page.ts";
import { poll } from "../support/mock-clouds.ts";
import {
  answerJson,
  chunk,
  deltaEvent,
  DONE_EVENT,
  LAST_CHUNK,
  SSE_HEAD,
  usageEvent,
} from "../support/raw-upstream.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

const KEY = "fake-partner-azure-direct";
const VERSION = "2024-10-21";
const model = "gpt-5.4";
const messages = [{ role: "user" as const, content: "hello there" }];

interface Access {
  readonly apiKey?: string;
  readonly deployment?: string;
}

/** Azure's own client, on dated paths; it sends `api-key`. */
function datedClient(gateway: string, { apiKey = KEY, deployment }: Access = {}): AzureOpenAI {
  return new AzureOpenAI({
    endpoint: gateway,
    apiKey,
    apiVersion: VERSION,
    maxRetries: 0,
    ...(deployment === undefined ? {} : { deployment }),
  });
}

/** The plain client on the v1 path; it sends the key as a bearer token. */
function v1Client(gateway: string, { apiKey = KEY }: Access = {}): OpenAI {
  return new OpenAI({ baseURL: `${gateway}/openai/v1`, apiKey, maxRetries: 0 });
}

/** The plain client on the v1 path with `api-key` alone, as Azure's samples send it. */
function v1KeyClient(gateway: string, query: Record<string, string> = {}): OpenAI {
  return new OpenAI({
    baseURL: `${gateway}/openai/v1`,
    apiKey: "unused",
    maxRetries: 0,
    defaultHeaders: { authorization: null, "api-key": KEY },
    defaultQuery: query,
  });
}

async function failureOf(call: Promise<unknown>): Promise<APIError> {
  const failure: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(APIError);
  return failure as APIError;
}

describe("Azure's clients at the gateway", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startTestWorld();
  });
  afterAll(() => world.close());

  const clients: readonly (readonly [string, () => OpenAI])[] = [
    ["a dated path by `api-key`", () => datedClient(world.urls.gateway)],
    [
      "a dated path by an Entra token",
      () =>
        new AzureOpenAI({
          endpoint: world.urls.gateway,
          azureADTokenProvider: () => Promise.resolve(KEY),
          apiVersion: "2025-04-01-preview",
          maxRetries: 0,
        }),
    ],
    ["v1 by a bearer token", () => v1Client(world.urls.gateway)],
    ["v1 by `api-key`", () => v1KeyClient(world.urls.gateway)],
    ["v1 with `api-version=preview`", () => v1KeyClient(world.urls.gateway, { "api-version": "preview" })],
    ["v1 with `api-version=latest`", () => v1KeyClient(world.urls.gateway, { "api-version": "latest" })],
  ];

  describe.each(clients)("%s", (_name, client) => {
    test("gets a whole answer as Azure gives it, which Azure served and metered", async () => {
      const { data, response } = await client()
        .chat.completions.create({ model, messages, max_completion_tokens: 21 })
        .withResponse();
      expect(data).toMatchObject({
        model: "gpt-5.4-2026-03-05",
        usage: { completion_tokens: 21 },
        prompt_filter_results: [{ prompt_index: 0 }],
        choices: [{ content_filter_results: { hate: { filtered: false } } }],
      });
      const requestId = response.headers.get("x-clauseway-request-id") ?? "";
      expect(await metered(world, requestId)).toEqual(["azure chat.completions.create"]);
      expect(response.headers.get("apim-request-id")).toBe(requestId);
      expect(response.headers.get("x-ms-region")).toMatch(/^(East US 2|Sweden Central)$/);
      expect(response.headers.get("x-clauseway-clause")).toBe("C1");
    });

    test("gets a stream that vouches for the prompt first, with usage only where it was asked for", async () => {
      const request = { model, messages, max_completion_tokens: 12, stream: true } as const;
      const quiet: OpenAI.ChatCompletionChunk[] = [];
      for await (const each of await client().chat.completions.create(request)) quiet.push(each);
      expect(quiet[0]).toMatchObject({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
      expect(quiet[1]).toMatchObject({ choices: [{ content_filter_results: {} }] });
      expect(quiet.every((each) => !("usage" in each))).toBe(true);

      const told: OpenAI.ChatCompletionChunk[] = [];
      const asking = { ...request, stream_options: { include_usage: true } };
      for await (const each of await client().chat.completions.create(asking)) told.push(each);
      expect(told.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 12 } });
      const text = (chunks: readonly OpenAI.ChatCompletionChunk[]): string =>
        chunks.map((each) => each.choices[0]?.delta.content ?? "").join("");
      expect(text(told).length).toBeGreaterThan(0);
    });

    test("gets embeddings, decoded", async () => {
      const { data, usage } = await client().embeddings.create({
        model: "text-embedding-3-small",
        input: ["one", "two"],
      });
      expect(data.map(({ embedding }) => embedding.length)).toEqual([1_536, 1_536]);
      expect(usage.prompt_tokens).toBe(2);
    });

    test("continues a response, reads it back and lists its input", async () => {
      const first = await client().responses.create({ model, input: "my name is Ada", store: true });
      const second = await client().responses.create({
        model,
        input: "and?",
        previous_response_id: first.id,
      });
      expect(second.previous_response_id).toBe(first.id);
      expect((await client().responses.retrieve(first.id)).output_text).toBe(first.output_text);
      const items = await client().responses.inputItems.list(first.id, { limit: 1 });
      expect(items.data).toHaveLength(1);
    });

    test("streams a response to its end", async () => {
      const stream = client().responses.stream({ model, input: "stream it", max_output_tokens: 9 });
      expect((await stream.finalResponse()).usage?.output_tokens).toBe(9);
    });

    test("lists the models that are sold", async () => {
      const names: string[] = [];
      for await (const { id } of client().models.list()) names.push(id);
      expect(names).toEqual([...world.configuration.world.models.keys()]);
    });
  });

  test("the deployment in the path is the model, whatever the body says", async () => {
    const client = datedClient(world.urls.gateway, { deployment: "gpt-4.1" });
    const completion = await client.chat.completions.create({ model, messages, max_completion_tokens: 5 });
    expect(completion.model).toBe("gpt-4.1-2025-04-14");
    const answer = await fetch(
      `${world.urls.gateway}/openai/deployments/gpt-4.1/chat/completions?api-version=${VERSION}`,
      {
        method: "POST",
        headers: { "api-key": KEY, "content-type": "application/json" },
        body: JSON.stringify({ messages, max_tokens: 5 }),
      },
    );
    expect(await answer.json()).toMatchObject({ model: "gpt-4.1-2025-04-14" });
    expect(
      readLedgerRows(world.ledgerFile)
        .slice(-2)
        .map((row) => row.model),
    ).toEqual(["gpt-4.1", "gpt-4.1"]);
  });

  test("a batch runs by a client that puts its deployment before every path", async () => {
    const client = datedClient(world.urls.gateway, { deployment: model });
    const line = {
      custom_id: "a",
      method: "POST",
      url: "/v1/chat/completions",
      body: { model, messages, max_completion_tokens: 6 },
    };
    const input = await client.files.create({
      file: await toFile(Buffer.from(JSON.stringify(line)), "in.jsonl"),
      purpose: "batch",
    });
    const { id } = await client.batches.create({
      input_file_id: input.id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    const done = await poll(
      () => client.batches.retrieve(id),
      ({ status }) => status === "completed",
    );
    expect(done.request_counts).toMatchObject({ completed: 1 });
    expect(await (await client.files.content(done.output_file_id ?? "")).text()).toContain('"custom_id":"a"');
    const unknown = datedClient(world.urls.gateway, { deployment: "gpt-nope" });
    const refused = unknown.batches.create({
      input_file_id: input.id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    expect(await failureOf(refused)).toMatchObject({ status: 404, code: "DeploymentNotFound" });
  });

  describe("errors are Azure's", () => {
    const dated = (access?: Access): AzureOpenAI => datedClient(world.urls.gateway, access);
    const v1 = (access?: Access): OpenAI => v1Client(world.urls.gateway, access);

    test("for a wrong key and for a wrong token", async () => {
      const byKey = await failureOf(dated({ apiKey: "wrong" }).chat.completions.create({ model, messages }));
      expect(byKey).toBeInstanceOf(AuthenticationError);
      expect(byKey).toMatchObject({
        code: "401",
        message: expect.stringMatching(/Access denied/) as unknown,
      });
      const byToken = await failureOf(v1({ apiKey: "wrong" }).chat.completions.create({ model, messages }));
      expect(byToken).toBeInstanceOf(AuthenticationError);
      const flat = await fetch(`${world.urls.gateway}/openai/v1/models`, {
        headers: { authorization: "Bearer wrong" },
      });
      expect(await flat.json()).toMatchObject({ statusCode: 401 });
      expect((await fetch(`${world.urls.gateway}/openai/v1/models`)).status).toBe(401);
    });

    test("for a deployment that does not exist, in the path and in the body", async () => {
      for (const client of [dated(), v1()]) {
        const failure = await failureOf(client.chat.completions.create({ model: "gpt-nope", messages }));
        expect(failure).toBeInstanceOf(NotFoundError);
        expect(failure).toMatchObject({
          code: "DeploymentNotFound",
          message: expect.stringMatching(/The API deployment for this resource does not exist/) as unknown,
        });
      }
      const escaping = await failureOf(dated().chat.completions.create({ model: "../gpt-5.4", messages }));
      expect(escaping).toMatchObject({ status: 404, code: "DeploymentNotFound" });
    });

    test("for a call that its model does not take", async () => {
      const failure = await failureOf(dated().embeddings.create({ model, input: "x" }));
      expect(failure).toMatchObject({ status: 400, code: "OperationNotSupported" });
    });

    test("for a bad body, with the parameter", async () => {
      const failure = await failureOf(dated().chat.completions.create({ model, messages: "hi" } as never));
      expect(failure).toBeInstanceOf(BadRequestError);
      expect(failure).toMatchObject({ param: "messages", type: "invalid_request_error" });
      const unknownTurn = v1().responses.create({ model, input: "x", previous_response_id: "resp_no" });
      expect(await failureOf(unknownTurn)).toMatchObject({
        status: 400,
        code: "previous_response_not_found",
      });
    });

    test.each([
      ["POST", "/openai/deployments/gpt-5.4/chat/completions", 404, /one `\?api-version=YYYY-MM-DD`/],
      ["POST", "/openai/deployments/gpt-5.4/chat/completions?api-version=lately", 404, /api-version/],
      ["GET", "/openai/files?api-version=2024-10-21&api-version=2024-10-21", 404, /api-version/],
      ["POST", "/openai/chat/completions?api-version=2024-10-21", 404, /deployments\/\{deployment\}/],
      [
        "POST",
        "/openai/v1/chat/completions?api-version=2024-10-21",
        400,
        /API version not supported; .*`preview`/,
      ],
      ["POST", "/openai/deployments/gpt-5.4/responses?api-version=2024-10-21", 404, /Resource not found/],
      ["GET", "/openai/v1/nothing", 404, /Resource not found: .*\/openai\/v1\/models/],
      ["GET", "/openai/deployments/gpt-5.4/chat/completions?api-version=2024-10-21", 405, /use POST$/],
      ["PUT", "/openai/v1/chat/completions", 405, /use POST or GET/],
    ])("for %s %s", async (method, path, status, says) => {
      const answer = await fetch(`${world.urls.gateway}${path}`, { method, headers: { "api-key": KEY } });
      expect(answer.status).toBe(status);
      const { error } = (await answer.json()) as { error: Record<string, unknown> };
      expect(error).toMatchObject({
        code: status === 400 ? "BadRequest" : String(status),
        message: expect.stringMatching(says) as unknown,
      });
      expect(answer.headers.get("x-clauseway-clause")).toBe("none");
    });

    test("for what the partner does not forward, with clause and remedy", async () => {
      const strict = await startTestWorld({
        change: (configuration) => changePartner(configuration, { mode: "reject", homeProvider: "aws" }),
      });
      try {
        const failure = await failureOf(
          datedClient(strict.urls.gateway).chat.completions.create({ model, messages }),
        );
        expect(failure).toBeInstanceOf(PermissionDeniedError);
        expect(failure).toMatchObject({
          code: "agreement_denied",
          error: { clause: "C1", message: expect.stringMatching(/mode: forward/) as unknown },
        });
        expect(await strict.totals()).toMatchObject({ calls: 0 });
      } finally {
        await strict.close();
      }
    });
  });

  describe("a partner calls in its own dialect", () => {
    test("one of OpenAI's that calls Azure's paths is told so, in the words of the client it uses", async () => {
      const failure = await failureOf(
        datedClient(world.urls.gateway, { apiKey: "fake-partner-direct" }).chat.completions.create({
          model,
          messages,
        }),
      );
      expect(failure).toBeInstanceOf(NotFoundError);
      expect(failure).toMatchObject({
        code: "404",
        message: expect.stringMatching(
          /`direct` speaks OpenAI's dialect.*call `\/v1\/\.\.\.`.*dialect: azure/,
        ) as unknown,
      });
    });

    test("one of Azure's that calls `/v1` is told so", async () => {
      const plain = new OpenAI({ baseURL: `${world.urls.gateway}/v1`, apiKey: KEY, maxRetries: 0 });
      const failure = await failureOf(plain.chat.completions.create({ model, messages }));
      expect(failure).toMatchObject({
        status: 404,
        code: "unknown_path",
        message: expect.stringMatching(
          /`azure-direct` speaks Azure's dialect.*call `\/openai\/v1\/\.\.\.`.*dialect: openai/,
        ) as unknown,
      });
    });

    test("neither leaves a row, nor reaches a cloud", async () => {
      const before = await Promise.all([world.meters(), world.totals()]);
      const wrong = datedClient(world.urls.gateway, { apiKey: "fake-partner-direct" });
      await failureOf(wrong.chat.completions.create({ model, messages }));
      await failureOf(
        new OpenAI({ baseURL: `${world.urls.gateway}/v1`, apiKey: KEY, maxRetries: 0 }).models.list(),
      );
      expect(await Promise.all([world.meters(), world.totals()])).toEqual(before);
    });
  });
});

function changePartner(
  configuration: Configuration,
  change: Partial<Configuration["partners"][number]>,
): Configuration {
  const partners = configuration.partners.map((partner) =>
    partner.id === "azure-direct" ? { ...partner, ...change } : partner,
  );
  return { ...configuration, partners };
}

describe("names of deployments", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startTestWorld({ change: (configuration) => rename(configuration) });
  });
  afterAll(() => world.close());

  /** Azure deploys gpt-5.4 under the public name of another model, and nano under a name of its own. */
  function rename(configuration: Configuration): Configuration {
    const models = new Map(configuration.world.models);
    for (const [name, azure] of [
      ["gpt-5.4", "gpt-4.1"],
      ["gpt-4.1", "old-chat"],
      ["gpt-5.4-nano", "tiny"],
    ] as const) {
      const known = models.get(name);
      if (known) models.set(name, { ...known, deployments: { ...known.deployments, azure } });
    }
    return { ...configuration, world: { ...configuration.world, models } };
  }

  test.each([
    ["gpt-4.1", "gpt-5.4"],
    ["old-chat", "gpt-4.1"],
    ["tiny", "gpt-5.4-nano"],
    ["gpt-5.4-nano", "gpt-5.4-nano"],
    ["gpt-5.4", "gpt-5.4"],
  ])("a call for `%s` is one for %s, on both kinds of path", async (named, expected) => {
    for (const client of [datedClient(world.urls.gateway), v1Client(world.urls.gateway)]) {
      await client.chat.completions
        .create({ model: named, messages, max_completion_tokens: 3 })
        .catch(() => null);
      expect(readLedgerRows(world.ledgerFile).at(-1)).toMatchObject({
        partner: "azure-direct",
        model: expected,
      });
    }
  });

  test("a partner of OpenAI's dialect knows public names only", async () => {
    const plain = new OpenAI({
      baseURL: `${world.urls.gateway}/v1`,
      apiKey: "fake-partner-direct",
      maxRetries: 0,
    });
    const failure = await failureOf(plain.chat.completions.create({ model: "tiny", messages }));
    expect(failure).toMatchObject({ status: 404, code: "model_not_found" });
  });
});

describe("what goes wrong upstream", () => {
  let faults: FaultWorld;
  let client: AzureOpenAI;
  beforeAll(async () => {
    faults = await startFaultWorld();
    client = datedClient(faults.gateway);
  });
  afterAll(() => faults.close());
  afterEach(() => faults.reset());

  const ask = (): Promise<unknown> => client.chat.completions.create({ model, messages });

  test("a filtered prompt is told whole, without our secrets", async () => {
    const error = {
      message: "The response was filtered (fake-azure-key)",
      type: null,
      param: "prompt",
      code: "content_filter",
      status: 400,
      innererror: {
        code: "ResponsibleAIPolicyViolation",
        content_filter_result: { hate: { filtered: true, severity: "high" } },
      },
    };
    faults.azure.answer(answerJson({ error }, 400));
    const failure = await failureOf(ask());
    expect(failure).toBeInstanceOf(BadRequestError);
    expect(failure.error).toEqual({ ...error, message: "The response was filtered (***)", clause: "C1" });
  });

  test("a limit keeps Azure's code and says how long to wait", async () => {
    faults.azure.answer(
      answerJson({ error: { code: "RateLimitReached", message: "slow down" } }, 429, ["retry-after: 7"]),
    );
    const failure = await failureOf(ask());
    expect(failure).toBeInstanceOf(RateLimitError);
    expect(failure).toMatchObject({ code: "RateLimitReached" });
    expect(failure.headers?.get("retry-after-ms")).toBe("7000");
  });

  test.each([
    [500, 502, "InternalServerError", "upstream_error"],
    [401, 502, "InternalServerError", "upstream_error"],
    [503, 503, "ServiceUnavailable", "provider_unavailable"],
  ])("a %i is a %i in Azure's words", async (status, expected, code, inner) => {
    faults.azure.answer(answerJson({ error: { code: "x", message: "fake-azure-key" } }, status));
    const failure = await failureOf(ask());
    expect(failure).toBeInstanceOf(InternalServerError);
    expect(failure).toMatchObject({ status: expected, code, error: { innererror: { code: inner } } });
    expect(JSON.stringify(failure.error)).not.toContain("fake-azure-key");
  });

  test("a stream that reports a failure passes it on, and one that breaks off never looks complete", async () => {
    const error = { error: { code: "content_filter_error", message: "at fake-azure-key" } };
    faults.azure.answer(({ socket }) => {
      socket.write(
        SSE_HEAD + chunk(deltaEvent("one")) + chunk(`data: ${JSON.stringify(error)}\n\n`) + LAST_CHUNK,
      );
    });
    const failing = async (): Promise<string> => {
      let text = "";
      const stream = await client.chat.completions.create({ model, messages, stream: true });
      for await (const each of stream) text += each.choices[0]?.delta.content ?? "";
      return text;
    };
    await expect(failing()).rejects.toMatchObject({ code: "content_filter_error", message: "at ***" });
    faults.azure.answer(({ socket }) => {
      socket.write(SSE_HEAD + chunk(deltaEvent("one")));
      socket.destroySoon();
    });
    await expect(failing()).rejects.toThrow(/terminated/);
    faults.azure.answer(({ socket }) => {
      const usage = usageEvent({ prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 });
      socket.write(SSE_HEAD + chunk(deltaEvent("one") + usage + DONE_EVENT) + LAST_CHUNK);
    });
    expect(await failing()).toBe("one");
  });

  test("what goes upstream carries neither the caller's version nor its key", async () => {
    await ask();
    await client.files.list({ limit: 2 }).catch(() => null);
    const calls = [...faults.azure.calls, ...faults.stargate.calls];
    expect(calls.map(({ method, target }) => `${method} ${target.replace(/^\/[^/]+/, "")}`)).toEqual([
      "POST /openai/v1/chat/completions",
      expect.stringMatching(/^GET .*\/?files\?limit=2$/),
    ]);
    for (const { headerLines } of calls) expect(headerLines.join("\n")).not.toContain(KEY);
  });
});

describe("the money of what Microsoft sells", () => {
  /** One chat call of each channel; the postings of Microsoft's. */
  async function sell(
    world: TestWorld,
  ): Promise<{ readonly charge: bigint; readonly legs: Map<string, bigint> }> {
    const { at } = await placed(
      datedClient(world.urls.gateway).chat.completions.create({ model, messages, max_completion_tokens: 40 }),
    );
    const row = readLedgerRows(world.ledgerFile).find(({ request_id }) => request_id === at.requestId);
    expect(row).toMatchObject({ partner: "azure-direct", model, charge_kind: "rated" });
    const postings = readPostings(world.ledgerFile).filter(({ request_id }) => request_id === at.requestId);
    return {
      charge: BigInt(row?.charge_pico_usd ?? 0),
      legs: new Map(postings.map(({ path, amount }) => [path, amount])),
    };
  }

  test("under the statement of February 2026 a fifth of it goes to OpenAI", async () => {
    const world = await startTestWorld();
    try {
      const { charge, legs } = await sell(world);
      expect(charge).toBeGreaterThan(0n);
      expect(legs.get("recv:microsoft:azure-direct")).toBe(charge);
      expect((legs.get("share:C11-resale:openai") ?? 0n) * -5n).toBe(charge);
      expect([...legs.keys()].some((path) => path.startsWith("share:C11:"))).toBe(false);
      const page = await poll(
        async () => (await fetch(`${world.urls.admin}/metrics`)).text(),
        (text) => sumOf(text, "clauseway_requests_total", 'partner="azure-direct"') === 1,
      );
      expect(sumOf(page, "clauseway_requests_total", 'partner="other"')).toBe(0);
      expect(sumOf(page, "clauseway_revenue_share_usd_total", 'beneficiary="openai"')).toBeCloseTo(
        Number(charge) / 5e12,
        12,
      );
    } finally {
      await world.close();
    }
  });

  test("under the amendment of April 2026 Microsoft keeps it all", async () => {
    const later = loadConfiguration(readSettings({ date: "2026-05-15" }, {}));
    const world = await startTestWorld({
      change: ({ world: { providers } }) => ({ ...later, world: { ...later.world, providers } }),
    });
    try {
      const { charge, legs } = await sell(world);
      expect(charge).toBeGreaterThan(0n);
      expect(legs.get("recv:microsoft:azure-direct")).toBe(charge);
      expect(
        [...legs.keys()].filter((path) => path.startsWith("share:") && path.endsWith(":openai")),
      ).toEqual([]);
    } finally {
      await world.close();
    }
  });
});
