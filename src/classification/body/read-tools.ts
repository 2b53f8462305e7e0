/** Which tools of a call reach for stored content or start something that outlives it. */

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../domain/json.ts";
import { addFileReference, addIdReference, addProblem, type Findings } from "./findings.ts";

/** Tool types of a chat completion (`openai` SDK 7.57). */
export const CHAT_TOOLS: ReadonlySet<string> = new Set(["function", "custom"]);

/**
 * Tool types of a response (`openai` SDK 7.57, `Tool`). Others are refused: a tool nobody here knows may keep state, and
 * a guess would place the call by luck.
 */
export const RESPONSE_TOOLS: ReadonlySet<string> = new Set([
  "function",
  "custom",
  "namespace",
  "file_search",
  "code_interpreter",
  "shell",
  "local_shell",
  "apply_patch",
  "web_search",
  "web_search_2025_08_26",
  "web_search_preview",
  "web_search_preview_2025_03_11",
  "computer",
  "computer_use",
  "computer_use_preview",
  "image_generation",
  "mcp",
  "programmatic_tool_calling",
  "tool_search",
]);

/**
 * Reads the tools under `path`. Vector stores and named containers are state; `auto` containers are noted as such; the
 * schema of a function is never looked into.
 */
export function readTools(
  findings: Findings,
  tools: JsonValue | undefined,
  path: string,
  known: ReadonlySet<string>,
): void {
  if (tools === undefined || tools === null) return;
  if (!isJsonArray(tools)) return addProblem(findings, path, "must be an array");
  for (const [index, tool] of tools.entries()) {
    if (isJsonObject(tool)) readTool(findings, tool, `${path}[${index}]`, known);
    else addProblem(findings, `${path}[${index}]`, "must be an object");
  }
}

function readTool(findings: Findings, tool: JsonObject, path: string, known: ReadonlySet<string>): void {
  const type = tool["type"];
  if (typeof type !== "string" || !known.has(type)) {
    return addProblem(findings, `${path}.type`, "is not a known type of tool");
  }
  switch (type) {
    case "file_search":
      return readVectorStores(findings, tool["vector_store_ids"], `${path}.vector_store_ids`);
    case "code_interpreter":
      return readContainer(findings, tool["container"], `${path}.container`);
    case "shell":
      return readEnvironment(findings, tool["environment"], `${path}.environment`);
    case "image_generation":
      return readMask(findings, tool["input_image_mask"], `${path}.input_image_mask`);
    case "namespace":
      // A namespace holds functions and custom tools only, so this goes one level down and no further.
      return readTools(findings, tool["tools"], `${path}.tools`, CHAT_TOOLS);
    default:
      return undefined;
  }
}

function readVectorStores(findings: Findings, ids: JsonValue | undefined, field: string): void {
  if (ids === undefined || ids === null) return;
  if (!isJsonArray(ids)) return addProblem(findings, field, "must be an array");
  for (const [index, id] of ids.entries()) {
    addIdReference(findings, id, {
      kind: "vector_store",
      field: `${field}[${index}]`,
      via: "vector_store_ids",
      effect: "state",
    });
  }
}

/** A code interpreter without a container is refused: what an upstream would start for it is not ours to guess. */
function readContainer(findings: Findings, container: JsonValue | undefined, field: string): void {
  if (isJsonObject(container) && container["type"] === "auto") {
    findings.autoContainer = true;
    readFileIds(findings, container["file_ids"], `${field}.file_ids`);
  } else if (!addContainer(findings, typeof container === "string" ? container : null, field)) {
    addProblem(findings, field, 'must be a container id or `{"type":"auto"}`');
  }
}

function readEnvironment(findings: Findings, environment: JsonValue | undefined, field: string): void {
  if (environment === undefined || environment === null) return;
  const type = isJsonObject(environment) ? environment["type"] : null;
  if (!isJsonObject(environment) || typeof type !== "string") {
    return addProblem(findings, field, "must be an object with a `type`");
  }
  if (type === "container_auto") {
    findings.autoContainer = true;
    readFileIds(findings, environment["file_ids"], `${field}.file_ids`);
  } else if (type === "container_reference") {
    const named = addContainer(findings, environment["container_id"], `${field}.container_id`);
    if (!named) addProblem(findings, `${field}.container_id`, "must be a container id");
  } else if (type !== "local") {
    addProblem(findings, `${field}.type`, "is not a known type of environment");
  }
}

function addContainer(findings: Findings, id: JsonValue | undefined, field: string): boolean {
  return addIdReference(findings, id, { kind: "container", field, via: "container", effect: "state" });
}

function readFileIds(findings: Findings, ids: JsonValue | undefined, field: string): void {
  if (ids === undefined || ids === null) return;
  if (!isJsonArray(ids)) return addProblem(findings, field, "must be an array");
  for (const [index, id] of ids.entries()) addFileReference(findings, id, `${field}[${index}]`);
}

function readMask(findings: Findings, mask: JsonValue | undefined, field: string): void {
  if (isJsonObject(mask)) addFileReference(findings, mask["file_id"], `${field}.file_id`);
}
