import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../src/app/load-world.ts";
import { readSettings } from "../../src/app/settings.ts";
import { extractFeatures } from "../../src/classification/features.ts";
import { matchOperation, OPERATIONS, type Operation } from "../../src/classification/operations.ts";
import type { Deployment, StateKind } from "../../src/domain/call.ts";
import type { Partner } from "../../src/domain/catalogue.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import type { StateEntry } from "../../src/domain/state.ts";
import { plan, type CallToPlan, type Plan } from "../../src/pipeline/plan.ts";

const { world, partners } = loadConfiguration(readSettings({}, {}));

function partnerOf(id: string): Partner {
  const partner = partners.find((one) => one.id === id);
  if (!partner) throw new Error(`no partner \`${id}\``);
  return partner;
}

interface Sketch {
  readonly partner?: string;
  readonly line: string;
  readonly body?: JsonObject;
  /** Where the ids are held; those that are not named are unknown. */
  readonly held?: Readonly<Record<string, Partial<StateEntry>>>;
  readonly down?: readonly string[];
  readonly mode?: Partner["mode"];
}

function callOf({
  partner = "direct",
  line,
  body,
  held = {},
  down = [],
  mode = "forward",
}: Sketch): CallToPlan {
  const [method = "", path = ""] = line.split(" ");
  const match = matchOperation(method, path);
  if (match.kind !== "matched") throw new Error(`no operation \`${line}\``);
  const features = extractFeatures(match.operation, match.id, body ?? null);
  return {
    partner: { ...partnerOf(partner), mode },
    operation: match.operation,
    features,
    model: world.models.get(features.model ?? "") ?? null,
    references: features.references.map((reference) => {
      const entry = held[reference.id];
      return { reference, entry: entry ? entryOf(reference.id, { kind: reference.kind, ...entry }) : null };
    }),
    isUp: ({ id }) => !down.includes(id),
    spread: 0,
  };
}

function entryOf(id: string, changes: Partial<StateEntry>): StateEntry {
  return {
    id,
    kind: "response",
    partner: "direct",
    provider: "azure",
    region: "eastus2",
    expiresAtMs: null,
    ...changes,
  };
}

function planned(sketch: Sketch): Plan {
  const result = plan(world, callOf(sketch));
  if (result.kind === "refusal") throw new Error(`refused: ${result.code} ${result.message}`);
  return result;
}

const chat = { model: "gpt-5.4", messages: [{ role: "user", content: "hi" }] };
const next = { model: "gpt-5.4", input: "hi", previous_response_id: "resp_1" };

describe("where a call goes", () => {
  test.each([
    ["a stateless call", { line: "POST /chat/completions", body: chat }, "azure", "C1"],
    [
      "Amazon's stateless call",
      { partner: "amazon", line: "POST /chat/completions", body: chat },
      "azure",
      "C1",
    ],
    [
      "a first-party call",
      { partner: "first-party", line: "POST /chat/completions", body: chat },
      "azure",
      "C4",
    ],
    [
      "an open-weight model",
      { line: "POST /chat/completions", body: { ...chat, model: "gpt-oss-120b" } },
      "aws",
      "C8",
    ],
    ["a session", { line: "POST /responses", body: next, held: { resp_1: {} } }, "aws", "C9"],
    [
      "a first-party session",
      { partner: "first-party", line: "POST /responses", body: next, held: { resp_1: {} } },
      "azure",
      "C4",
    ],
    [
      "a training job",
      {
        line: "POST /fine_tuning/jobs",
        body: { model: "gpt-5.4", training_file: "file-1" },
        held: { "file-1": { provider: "stargate", region: "abilene" } },
      },
      "stargate",
      "C5",
    ],
    [
      "a batch",
      {
        line: "POST /batches",
        body: { endpoint: "/v1/responses", input_file_id: "file-1" },
        held: { "file-1": { provider: "stargate", region: "abilene" } },
      },
      "azure",
      "C1-batch",
    ],
    ["an upload", { line: "POST /files" }, "stargate", "G1"],
  ] satisfies [string, Sketch, string, string][])("%s", (_case, sketch, provider, clause) => {
    expect(planned(sketch)).toMatchObject({ deployment: { provider }, clause });
  });
});

test("a call that the classification does not know is refused", () => {
  const call = callOf({ line: "POST /chat/completions", body: chat });
  const operation = { ...call.operation, job: "dream" as Operation["job"] };
  expect(plan(world, { ...call, operation })).toMatchObject({
    kind: "refusal",
    code: "unclassifiable",
    message: "the `job` of the call is not known to the classification",
  });
});

describe("what is kept elsewhere", () => {
  test("is handed over to where the call runs, and the call then has no alternate", () => {
    const { deployment, handOver, alternates } = planned({
      line: "POST /responses",
      body: next,
      held: { resp_1: {} },
    });
    expect(deployment.provider).toBe("aws");
    expect(handOver.map(({ id }) => id)).toEqual(["resp_1"]);
    expect(alternates).toEqual([]);
  });

  test("in two regions of one provider is brought together in one", () => {
    const body = { ...next, input: [{ role: "user", content: [{ type: "input_file", file_id: "file-1" }] }] };
    const held = { resp_1: { region: "swedencentral" }, "file-1": { region: "eastus2" } };
    const { deployment, handOver } = planned({ partner: "first-party", line: "POST /responses", body, held });
    expect(deployment.id).toBe("azure/swedencentral");
    expect(handOver.map(({ id }) => id)).toEqual(["file-1"]);
  });

  test("is not handed over when it lies there already", () => {
    const held = { resp_1: { provider: "aws", region: "us-east-1" } };
    expect(planned({ line: "POST /responses", body: next, held }).handOver).toEqual([]);
  });

  test.each(["eastus2", "swedencentral"])("pins a first-party chain to %s", (region) => {
    const sketch = {
      partner: "first-party",
      line: "POST /responses",
      body: next,
      held: { resp_1: { region } },
    };
    expect(planned(sketch)).toMatchObject({
      deployment: { provider: "azure", region },
      handOver: [],
      alternates: [],
    });
  });

  test.each(["GET /responses/resp_1", "DELETE /responses/resp_1", "GET /responses/resp_1/input_items"])(
    "is read where it lies: %s",
    (line) => {
      const held = { resp_1: { region: "swedencentral" } };
      expect(planned({ line, held })).toMatchObject({
        deployment: { id: "azure/swedencentral" },
        handOver: [],
      });
    },
  );

  test("and cannot be moved, such as a container, ties the call to its place", () => {
    const body = {
      model: "gpt-5.4",
      input: "hi",
      tools: [{ type: "code_interpreter", container: "cntr_1" }],
    };
    const at = (provider: string, region: string): Plan =>
      planned({ line: "POST /responses", body, held: { cntr_1: { provider, region } } });
    expect(at("azure", "swedencentral").deployment.id).toBe("azure/swedencentral");
    expect(at("aws", "us-east-1").deployment.id).toBe("aws/us-east-1");
  });

  test("and cannot be moved, outside of what the agreement allows, refuses the call by its clause", () => {
    const body = {
      model: "gpt-5.4",
      input: "hi",
      tools: [{ type: "code_interpreter", container: "cntr_1" }],
    };
    const call = callOf({
      partner: "first-party",
      line: "POST /responses",
      body,
      held: { cntr_1: { provider: "aws", region: "us-east-1" } },
    });
    expect(plan(world, call)).toMatchObject({ kind: "refusal", code: "agreement_denied", clause: "C4" });
  });
});

describe("refusals", () => {
  test("an unknown id, or one of another kind, is no evidence and is refused before any decision", () => {
    expect(plan(world, callOf({ line: "POST /responses", body: next }))).toMatchObject({
      code: "state_not_found",
      param: "previous_response_id",
      clause: "none",
    });
    const ofAnotherKind = callOf({ line: "POST /responses", body: next, held: { resp_1: { kind: "file" } } });
    expect(plan(world, ofAnotherKind)).toMatchObject({ code: "state_not_found" });
  });

  test("a partner that does not forward is told the clause and the remedy", () => {
    const call = callOf({ partner: "amazon", line: "POST /chat/completions", body: chat, mode: "reject" });
    expect(plan(world, call)).toMatchObject({
      code: "agreement_denied",
      clause: "C1",
      remedy: expect.stringContaining("mode: forward") as unknown,
    });
  });

  test("when Azure is down a stateless call fails and leaves nowhere", () => {
    const down = ["azure/eastus2", "azure/swedencentral"];
    expect(plan(world, callOf({ line: "POST /chat/completions", body: chat, down }))).toMatchObject({
      code: "provider_unavailable",
      clause: "C1",
      retryAfterSeconds: 2,
    });
  });

  test("when the runtime is down a session goes to Azure, which the agreement allows too", () => {
    for (const region of ["eastus2", "swedencentral"]) {
      const sketch = {
        line: "POST /responses",
        body: next,
        held: { resp_1: { region } },
        down: ["aws/us-east-1"],
      };
      // Regions share no state, so it is the one that keeps the session.
      expect(planned(sketch)).toMatchObject({ deployment: { id: `azure/${region}` }, handOver: [] });
    }
  });
});

const deploymentIds = world.deployments.map(({ id }) => id);
const KINDS: readonly StateKind[] = [
  "response",
  "item",
  "conversation",
  "file",
  "batch",
  "fine_tuning.job",
  "container",
];
const holder = fc.constantFrom(...world.deployments);

/** A body that names stored content in every place the operation has for it. */
function bodyOf(operation: Operation): JsonObject | null {
  if (operation.body !== "json") return null;
  switch (operation.id) {
    case "fine_tuning.jobs.create":
      return { model: "gpt-5.4", training_file: "id_1" };
    case "batches.create":
      return { endpoint: "/v1/responses", input_file_id: "id_1" };
    case "responses.create":
      return {
        model: "gpt-5.4",
        input: [{ role: "user", content: [{ type: "input_file", file_id: "id_2" }] }],
        previous_response_id: "id_1",
      };
    default:
      return { model: "gpt-5.4", input: "hi", messages: [{ role: "user", content: "hi" }], items: [] };
  }
}

test("whatever the operation, the holder and the health: no plan leaves the allowed set, nor does an alternate", () => {
  let plans = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...OPERATIONS),
      fc.constantFrom(...partners),
      fc.subarray(deploymentIds),
      fc.array(fc.record({ at: holder, kind: fc.constantFrom(...KINDS), known: fc.boolean() }), {
        minLength: 2,
        maxLength: 2,
      }),
      fc.nat(),
      (operation, partner, up, holders, spread) => {
        const features = extractFeatures(
          operation,
          operation.pattern.includes("{id}") ? "id_1" : null,
          bodyOf(operation),
        );
        const call: CallToPlan = {
          partner,
          operation,
          features,
          model: world.models.get(features.model ?? "") ?? null,
          references: features.references.map((reference, index) => {
            const where = holders[index % 2];
            const kind = where?.known ? reference.kind : (where?.kind ?? reference.kind);
            const { provider, region } = where?.at ?? (world.deployments[0] as Deployment);
            return {
              reference,
              entry: entryOf(reference.id, { kind, provider, region, partner: partner.id }),
            };
          }),
          isUp: ({ id }) => up.includes(id),
          spread,
        };
        const result = plan(world, call);
        if (result.kind === "refusal") return;
        plans += 1;
        for (const one of [result.deployment, ...result.alternates]) {
          expect(result.verdict.providers).toContain(one.provider);
          expect(up).toContain(one.id);
        }
        expect(result.verdict.clauses).toContain(result.clause);
        if (result.classification.workload === "stateless") expect(result.deployment.provider).toBe("azure");
        if (partner.id === "first-party" && result.classification.inference)
          expect(result.deployment.provider).toBe("azure");
        expect(plan(world, call)).toEqual(result);
      },
    ),
    { numRuns: 3_000 },
  );
  expect(plans).toBeGreaterThan(300);
});
