/** The parts of a chat completion, and of its chunks, that this translation reads. Other members are ignored. */

import { z } from "zod";

const toolCall = z.object({
  id: z.string(),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

export const chatCompletionSchema = z.object({
  choices: z.tuple(
    [
      z.object({
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(toolCall).nullish(),
        }),
        finish_reason: z.string(),
      }),
    ],
    z.unknown(),
  ),
});

const toolCallDelta = z.object({
  index: z.number(),
  id: z.string().optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
});

export const chatChunkSchema = z.object({
  choices: z.array(
    z.object({
      delta: z
        .object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(toolCallDelta).nullish(),
        })
        .optional(),
      finish_reason: z.string().nullish(),
    }),
  ),
});

export type ChatChoiceDelta = z.infer<typeof chatChunkSchema>["choices"][number];
export type ToolCallDelta = z.infer<typeof toolCallDelta>;
