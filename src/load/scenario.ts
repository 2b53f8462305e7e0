/** Shape of `load-tests/scenarios/*.yaml`: a mix of calls, how hard to send it, and what must hold. */

import { fileURLToPath } from "node:url";
import { z } from "zod";
import { parseYaml } from "../config/parse-yaml.ts";
import { WORKLOAD_CLASSES } from "../domain/call.ts";
import { PROFILES, type SingleCall } from "./call-profile.ts";
import { readInputFile } from "./read-input-file.ts";

const PARTNERS = ["amazon", "azure-direct", "direct", "first-party"] as const;
const SINGLE_KINDS = ["chat", "stream", "responses", "embeddings"] as const;

const tokens = z.int().min(1).max(100_000);

const requestSchema = z
  .strictObject({
    partner: z.enum(PARTNERS),
    kind: z.enum(SINGLE_KINDS),
    weight: z.number().positive().max(1_000_000).default(1),
    inputTokens: tokens,
    outputTokens: tokens.default(64).describe("Not used by embeddings."),
  })
  .superRefine(({ partner, kind }, context) => {
    if (isSingleCall(`${partner} ${kind}`)) return;
    const kinds = SINGLE_KINDS.filter((kind) => isSingleCall(`${partner} ${kind}`)).join("`, `");
    context.addIssue({
      code: "custom",
      path: ["kind"],
      message: `partner \`${partner}\` takes \`${kinds}\``,
    });
  });

const flowSchema = z.strictObject({
  kind: z
    .enum(["session", "fine_tune"])
    .describe(
      "`session` makes a turn and continues it; `fine_tune` uploads a training file and starts a job on it.",
    ),
  perSecond: z.number().positive().max(1_000),
  inputTokens: tokens,
  outputTokens: tokens.default(64),
});

const expectationSchema = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("placement"),
      class: z.enum(WORKLOAD_CLASSES),
      provider: z.string().min(1),
    })
    .describe("Every call of `class` is served by `provider`, and there is at least one."),
  z
    .strictObject({ kind: z.literal("metered-once") })
    .describe("Every answered call is on exactly one cloud's meter."),
  z.strictObject({ kind: z.literal("error-rate"), atMost: z.number().min(0).max(1) }),
  z.strictObject({ kind: z.literal("calls"), atLeast: z.int().min(1) }),
  z.strictObject({
    kind: z.literal("latency"),
    percentile: z.number().min(1).max(100),
    atMostMs: z.number().positive(),
  }),
]);

export const scenarioSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string().min(1),
  durationSeconds: z.number().min(0.2).max(86_400),
  connections: z
    .int()
    .min(1)
    .max(900)
    .describe("Open connections, each with one call at a time; shared among the partners by weight."),
  requests: z.array(requestSchema).min(1).describe("Sent in a closed loop by autocannon."),
  flows: z
    .array(flowSchema)
    .default([])
    .describe("Sent beside it at their own pace, because each call needs the answer before it."),
  expectations: z.array(expectationSchema).min(1),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type ScenarioRequest = Scenario["requests"][number];
export type ScenarioFlow = Scenario["flows"][number];
export type Expectation = Scenario["expectations"][number];

/** Where the scenario is that runs unless another one is named. */
export const DEFAULT_SCENARIO = fileURLToPath(
  new URL("../../load-tests/scenarios/mixed.yaml", import.meta.url),
);

/** Reads a scenario file. Throws LoadInputError when it cannot be read or is empty, ConfigError for what is in it. */
export async function readScenario(file: string): Promise<Scenario> {
  return parseScenario(
    await readInputFile(file, "scenario", "give a YAML file like load-tests/scenarios/mixed.yaml"),
    file,
  );
}

/** Parses a scenario. Throws ConfigError with every problem's position. */
export function parseScenario(text: string, file: string): Scenario {
  return parseYaml(text, file, scenarioSchema).value;
}

/** The name of a request in the table of profiles. */
export function singleCallOf({ partner, kind }: ScenarioRequest): SingleCall {
  const name = `${partner} ${kind}`;
  if (!isSingleCall(name)) throw new Error(`no driver makes \`${name}\``);
  return name;
}

function isSingleCall(name: string): name is SingleCall {
  return Object.hasOwn(PROFILES, name);
}
