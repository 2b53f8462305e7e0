/**
 * The Converse request as this stand-in takes it (Bedrock Runtime API reference, Converse). Strict: a member it does not
 * know is refused by name, since a dropped one could have changed what the call is.
 */

import { z } from "zod";
import type { JsonObject } from "../../domain/json.ts";

const jsonObject = z.record(z.string(), z.json()) as unknown as z.ZodType<JsonObject>;
const marker = z.looseObject({});

const media = z.strictObject({ bytes: z.string().min(1) });
const image = z.strictObject({ format: z.enum(["png", "jpeg", "gif", "webp"]), source: media });
const documentBlock = z.strictObject({
  format: z.enum(["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]).default("txt"),
  name: z.string(),
  source: z.union([media, z.strictObject({ text: z.string() })]),
});

const resultBlock = z
  .strictObject({ text: z.string(), json: z.json() })
  .partial()
  .refine(hasOneMember, "must have exactly one member");

const contentBlock = z
  .strictObject({
    text: z.string(),
    image,
    document: documentBlock,
    toolUse: z.strictObject({ toolUseId: z.string(), name: z.string(), input: z.json() }),
    toolResult: z.strictObject({
      toolUseId: z.string(),
      content: z.array(resultBlock),
      status: z.enum(["success", "error"]).optional(),
    }),
    reasoningContent: marker,
    cachePoint: marker,
  })
  .partial()
  .refine(hasOneMember, "must have exactly one member");

const systemBlock = z
  .strictObject({ text: z.string(), cachePoint: marker })
  .partial()
  .refine(hasOneMember, "must have exactly one member");

const tool = z
  .strictObject({
    toolSpec: z.strictObject({
      name: z.string(),
      description: z.string().optional(),
      inputSchema: z.strictObject({ json: jsonObject }),
      strict: z.boolean().optional(),
    }),
    cachePoint: marker,
  })
  .partial()
  .refine(hasOneMember, "must have exactly one member");

const toolChoice = z
  .strictObject({ auto: marker, any: marker, tool: z.strictObject({ name: z.string() }) })
  .partial()
  .refine(hasOneMember, "must have exactly one member");

const textFormat = z.strictObject({
  type: z.literal("json_schema"),
  structure: z.strictObject({
    jsonSchema: z.strictObject({
      schema: z.string(),
      name: z.string().optional(),
      description: z.string().optional(),
    }),
  }),
});

export const converseRequestSchema = z.strictObject({
  messages: z
    .array(z.strictObject({ role: z.enum(["user", "assistant", "system"]), content: z.array(contentBlock) }))
    .min(1),
  system: z.array(systemBlock).optional(),
  inferenceConfig: z
    .strictObject({
      maxTokens: z.int().min(1),
      temperature: z.number(),
      topP: z.number(),
      stopSequences: z.array(z.string()),
    })
    .partial()
    .optional(),
  toolConfig: z.strictObject({ tools: z.array(tool), toolChoice: toolChoice.optional() }).optional(),
  additionalModelRequestFields: jsonObject.optional(),
  requestMetadata: z.record(z.string(), z.string()).optional(),
  serviceTier: z.strictObject({ type: z.string() }).optional(),
  // A hint about speed, not about the answer: taken and not passed on.
  performanceConfig: marker.optional(),
  outputConfig: z.strictObject({ textFormat, effort: z.string() }).partial().optional(),
});

export type ConverseRequest = z.infer<typeof converseRequestSchema>;
export type ContentBlock = z.infer<typeof contentBlock>;
export type ToolResultBlock = z.infer<typeof resultBlock>;

function hasOneMember(union: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(union).length === 1;
}
