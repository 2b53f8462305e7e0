/** Converse request -> chat completions request (pairing of AWS's OpenAI models page and the two API references). */

import type { JsonObject, JsonValue } from "../../domain/json.ts";
import { converseRequestSchema, type ConverseRequest } from "./converse-schema.ts";
import { chatMessagesOf } from "./converse-messages.ts";

export type Translation =
  | { readonly kind: "translated"; readonly body: JsonObject }
  /** For a ValidationException. */
  | { readonly kind: "invalid"; readonly message: string };

/**
 * Builds the chat completions body of a Converse request. `additionalModelRequestFields` are merged in as they stand, so
 * that the gateway sees and classifies them; a field that would replace one of ours is refused, and so is `n`, since a
 * Converse answer has room for one choice. With `stream`, usage is asked for: the frontend needs it for `metadata`.
 */
export function chatRequestOf(converse: JsonValue, model: string, stream: boolean): Translation {
  const parsed = converseRequestSchema.safeParse(converse);
  if (!parsed.success) return { kind: "invalid", message: describeIssue(parsed.error.issues[0]) };
  const request = parsed.data;
  const format = responseFormatOf(request);
  if (format === "invalid") {
    return { kind: "invalid", message: "outputConfig.textFormat.structure.jsonSchema.schema is not JSON" };
  }
  const own: Record<string, JsonValue | undefined> = {
    model,
    messages: chatMessagesOf(request),
    ...inferenceFields(request),
    ...toolFields(request),
    response_format: format,
    reasoning_effort: request.outputConfig?.effort,
    metadata: request.requestMetadata,
    service_tier: request.serviceTier?.type,
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
  };
  const body = Object.fromEntries(Object.entries(own).filter(hasValue));
  return mergeAdditional(body, request.additionalModelRequestFields ?? {});
}

function hasValue(entry: [string, JsonValue | undefined]): entry is [string, JsonValue] {
  return entry[1] !== undefined;
}

function describeIssue(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): string {
  if (!issue) return "the request is not a Converse request";
  const where = issue.path.map(String).join(".");
  return where === "" ? issue.message : `${where}: ${issue.message}`;
}

function inferenceFields(request: ConverseRequest): Record<string, JsonValue | undefined> {
  const config = request.inferenceConfig;
  return {
    max_completion_tokens: config?.maxTokens,
    temperature: config?.temperature,
    top_p: config?.topP,
    stop: config?.stopSequences,
  };
}

function toolFields(request: ConverseRequest): Record<string, JsonValue | undefined> {
  const specs = (request.toolConfig?.tools ?? []).flatMap((tool) => tool.toolSpec ?? []);
  if (specs.length === 0) return {};
  return {
    tools: specs.map((spec) => ({
      type: "function",
      function: {
        name: spec.name,
        ...(spec.description === undefined ? {} : { description: spec.description }),
        parameters: spec.inputSchema.json,
        ...(spec.strict === undefined ? {} : { strict: spec.strict }),
      },
    })),
    tool_choice: toolChoiceOf(request),
  };
}

function toolChoiceOf(request: ConverseRequest): JsonValue | undefined {
  const choice = request.toolConfig?.toolChoice;
  if (choice?.tool) return { type: "function", function: { name: choice.tool.name } };
  if (choice?.any) return "required";
  return choice?.auto ? "auto" : undefined;
}

function responseFormatOf(request: ConverseRequest): JsonValue | undefined {
  const schema = request.outputConfig?.textFormat?.structure.jsonSchema;
  if (!schema) return undefined;
  const description = schema.description === undefined ? {} : { description: schema.description };
  try {
    return {
      type: "json_schema",
      json_schema: {
        name: schema.name ?? "output",
        ...description,
        schema: JSON.parse(schema.schema) as JsonValue,
      },
    };
  } catch {
    return "invalid";
  }
}

const NEVER_ADDITIONAL = new Set(["n", "stream", "stream_options"]);

function mergeAdditional(body: JsonObject, additional: JsonObject): Translation {
  for (const field of Object.keys(additional)) {
    if (field in body || NEVER_ADDITIONAL.has(field)) {
      return {
        kind: "invalid",
        message: `additionalModelRequestFields: \`${field}\` cannot be set here`,
      };
    }
  }
  return { kind: "translated", body: { ...body, ...additional } };
}
