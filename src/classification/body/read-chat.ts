/** Reads the body of a chat completion and of a legacy completion. */

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../domain/json.ts";
import { addIdReference, addProblem, type Findings } from "./findings.ts";
import { readContentParts } from "./read-input-items.ts";
import { CHAT_TOOLS, readTools } from "./read-tools.ts";

/**
 * Notes the stored content that a chat body names: an assistant turn's `audio.id` (the server kept that audio from an
 * earlier reply) and the `file_id` of file parts. Text, tool schemas and tool call arguments are never looked into.
 */
export function readChat(findings: Findings, body: JsonObject): void {
  const messages = body["messages"];
  if (!isJsonArray(messages) || messages.length === 0) {
    addProblem(findings, "messages", "must be a non-empty array");
  } else {
    for (let index = 0; index < messages.length; index += 1) readMessage(findings, messages[index], index);
  }
  readTools(findings, body["tools"], "tools", CHAT_TOOLS);
}

function readMessage(findings: Findings, message: JsonValue | undefined, index: number): void {
  if (!isJsonObject(message)) return addProblem(findings, `messages[${index}]`, "must be an object");
  const { role, content, audio } = message;
  if (typeof role !== "string" || role === "") {
    addProblem(findings, `messages[${index}].role`, "must be a non-empty string");
  }
  if (isJsonArray(content)) readContentParts(findings, content, `messages[${index}].content`);
  else if (content !== undefined && content !== null && typeof content !== "string") {
    addProblem(findings, `messages[${index}].content`, "must be a string or an array of parts");
  }
  if (role === "assistant" && isJsonObject(audio)) {
    addIdReference(findings, audio["id"], {
      kind: "chat.completion",
      field: `messages[${index}].audio.id`,
      via: "audio",
      effect: "state",
    });
  }
}

/** Checks that a legacy completion has a prompt: text, token numbers, or a list of either. */
export function readLegacyPrompt(findings: Findings, body: JsonObject): void {
  const prompt = body["prompt"];
  const present = typeof prompt === "string" || isJsonArray(prompt);
  if (!present || prompt.length === 0) {
    addProblem(findings, "prompt", "must be a non-empty string or array");
  }
}
