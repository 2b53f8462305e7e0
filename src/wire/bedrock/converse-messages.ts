/** Messages of Converse -> messages of chat completions. Texts pass unchanged, so their tokens stay countable. */

import type { JsonObject, JsonValue } from "../../domain/json.ts";
import type { ContentBlock, ConverseRequest, ToolResultBlock } from "./converse-schema.ts";

/**
 * The `messages` array: system blocks first as one `developer` message, then each message in order. Tool results become
 * `tool` messages ahead of their turn's own text. Reasoning and cache points have no place in a chat request and are left
 * out: neither is input that the answer depends on.
 */
export function chatMessagesOf(request: ConverseRequest): JsonObject[] {
  const system = (request.system ?? []).flatMap(textPart);
  const messages = request.messages.flatMap((message) => chatMessagesOfTurn(message.role, message.content));
  return system.length === 0 ? messages : [{ role: "developer", content: compact(system) }, ...messages];
}

function chatMessagesOfTurn(
  role: "user" | "assistant" | "system",
  blocks: readonly ContentBlock[],
): JsonObject[] {
  if (role === "assistant") return [assistantMessage(blocks)];
  const results = blocks.flatMap(toolMessage);
  const parts = blocks.flatMap(contentPart);
  if (parts.length === 0 && results.length > 0) return results;
  return [...results, { role: role === "system" ? "developer" : "user", content: compact(parts) }];
}

function assistantMessage(blocks: readonly ContentBlock[]): JsonObject {
  const parts = blocks.flatMap(textPart);
  const calls = blocks.flatMap(toolCall);
  const content = parts.length === 0 && calls.length > 0 ? null : compact(parts);
  return calls.length === 0
    ? { role: "assistant", content }
    : { role: "assistant", content, tool_calls: calls };
}

function toolCall(block: ContentBlock): JsonObject[] {
  const use = block.toolUse;
  if (!use) return [];
  const called = { name: use.name, arguments: JSON.stringify(use.input) };
  return [{ id: use.toolUseId, type: "function", function: called }];
}

function toolMessage(block: ContentBlock): JsonObject[] {
  const result = block.toolResult;
  if (!result) return [];
  return [
    {
      role: "tool",
      tool_call_id: result.toolUseId,
      content: result.content.map(resultText).join("\n"),
    },
  ];
}

function resultText(block: ToolResultBlock): string {
  return block.text ?? JSON.stringify(block.json);
}

function textPart(block: Pick<ContentBlock, "text">): JsonObject[] {
  return block.text === undefined ? [] : [{ type: "text", text: block.text }];
}

function contentPart(block: ContentBlock): JsonObject[] {
  if (block.image) {
    const url = `data:image/${block.image.format};base64,${block.image.source.bytes}`;
    return [{ type: "image_url", image_url: { url } }];
  }
  if (block.document) {
    const { name, format, source } = block.document;
    const base64 = "bytes" in source ? source.bytes : Buffer.from(source.text).toString("base64");
    const data = `data:${MEDIA_TYPE[format]};base64,${base64}`;
    return [{ type: "file", file: { filename: `${name}.${format}`, file_data: data } }];
  }
  return textPart(block);
}

const OFFICE = "application/vnd.openxmlformats-officedocument";
const MEDIA_TYPE = {
  pdf: "application/pdf",
  csv: "text/csv",
  doc: "application/msword",
  docx: `${OFFICE}.wordprocessingml.document`,
  xls: "application/vnd.ms-excel",
  xlsx: `${OFFICE}.spreadsheetml.sheet`,
  html: "text/html",
  txt: "text/plain",
  md: "text/markdown",
} as const;

/** One text needs no list of parts; most servers count and cache a plain string the same way, and it reads better. */
function compact(parts: readonly JsonObject[]): JsonValue {
  const [first] = parts;
  if (first === undefined) return "";
  return parts.length === 1 && first["type"] === "text" ? (first["text"] ?? "") : [...parts];
}
