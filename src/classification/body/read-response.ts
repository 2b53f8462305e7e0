/** Reads the body of a response, which has more ways to lean on stored content than any other. */

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../domain/json.ts";
import { addFileReference, addIdReference, addProblem, type Findings } from "./findings.ts";
import { readInputItems } from "./read-input-items.ts";
import { readTools, RESPONSE_TOOLS } from "./read-tools.ts";

/** What only a response body can say. */
export interface ResponseFeatures {
  /** `previous_response_id` and `conversation` together: the API answers 400, so neither can be meant. */
  readonly conflictingState: boolean;
  /** A stored prompt template: configuration by reference, which no provider's state directory lists. */
  readonly promptId: string | null;
}

/**
 * Notes every id by which a response body names stored content. `inputRequired` is false where the API accepts a body
 * without `input` (counting tokens); otherwise input may only be left out where a stored prompt or earlier turn takes
 * its place.
 */
export function readResponse(findings: Findings, body: JsonObject, inputRequired: boolean): ResponseFeatures {
  const previous = addIdReference(findings, body["previous_response_id"], {
    kind: "response",
    field: "previous_response_id",
    via: "previous_response_id",
    effect: "state",
  });
  const conversation = readConversation(findings, body["conversation"]);
  const promptId = readPrompt(findings, body["prompt"]);
  readInput(findings, body["input"], inputRequired && !previous && !conversation && promptId === null);
  readTools(findings, body["tools"], "tools", RESPONSE_TOOLS);
  readComparison(findings, body["prompt_cache_options"]);
  return { conflictingState: previous && conversation, promptId };
}

function readConversation(findings: Findings, conversation: JsonValue | undefined): boolean {
  if (conversation === undefined || conversation === null) return false;
  const nested = isJsonObject(conversation);
  return addIdReference(findings, nested ? conversation["id"] : conversation, {
    kind: "conversation",
    field: nested ? "conversation.id" : "conversation",
    via: "conversation",
    effect: "state",
  });
}

function readPrompt(findings: Findings, prompt: JsonValue | undefined): string | null {
  if (prompt === undefined || prompt === null) return null;
  if (!isJsonObject(prompt)) {
    addProblem(findings, "prompt", "must be an object");
    return null;
  }
  const { id, variables } = prompt;
  if (isJsonObject(variables)) {
    for (const [name, value] of Object.entries(variables)) {
      if (isJsonObject(value))
        addFileReference(findings, value["file_id"], `prompt.variables.${name}.file_id`);
    }
  }
  if (typeof id === "string" && id !== "") return id;
  addProblem(findings, "prompt.id", "must be a non-empty string");
  return null;
}

function readInput(findings: Findings, input: JsonValue | undefined, required: boolean): void {
  if (input === undefined || input === null) {
    if (required) addProblem(findings, "input", "is missing");
  } else if (isJsonArray(input)) {
    readInputItems(findings, input, "input");
  } else if (typeof input !== "string") {
    addProblem(findings, "input", "must be a string or an array of items");
  } else if (input === "") {
    addProblem(findings, "input", "must not be empty");
  }
}

/** Cache diagnostics compare with a stored response: its place matters, but the answer does not depend on it. */
function readComparison(findings: Findings, options: JsonValue | undefined): void {
  if (!isJsonObject(options)) return;
  addIdReference(findings, options["comparison_response_id"], {
    kind: "response",
    field: "prompt_cache_options.comparison_response_id",
    via: "comparison_response_id",
    effect: "content",
  });
}
