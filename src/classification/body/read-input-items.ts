/** Which input items of a response or a conversation stand for content that only the server has. */

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../domain/json.ts";
import { addFileReference, addIdReference, addProblem, type Findings } from "./findings.ts";
import { readTools, RESPONSE_TOOLS } from "./read-tools.ts";

/** Fields that say what an item is, not what it holds. */
const IDENTITY_FIELDS: ReadonlySet<string> = new Set(["id", "type", "status", "role", "object", "call_id"]);

/** Reads a non-empty array of items under `path`; anything that is not an object in it is a problem. */
export function readInputItems(findings: Findings, items: readonly JsonValue[], path: string): void {
  if (items.length === 0) addProblem(findings, path, "must not be empty");
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (isJsonObject(item)) readItem(findings, item, path, index);
    else addProblem(findings, `${path}[${index}]`, "must be an object");
  }
}

function readItem(findings: Findings, item: JsonObject, path: string, index: number): void {
  const { type, content, output } = item;
  if (type !== undefined && type !== null && typeof type !== "string") {
    addProblem(findings, `${path}[${index}].type`, "must be a string");
  }
  if (standsForStoredItem(item)) {
    addIdReference(findings, item["id"], {
      kind: "item",
      field: `${path}[${index}].id`,
      via: "item_reference",
      effect: "state",
    });
  }
  if (isJsonArray(content)) readContentParts(findings, content, `${path}[${index}].content`);
  if (isJsonArray(output)) readContentParts(findings, output, `${path}[${index}].output`);
  else if (isJsonObject(output)) {
    addFileReference(findings, output["file_id"], `${path}[${index}].output.file_id`);
  }
  if (type === "additional_tools" || type === "tool_search_output") {
    readTools(findings, item["tools"], `${path}[${index}].tools`, RESPONSE_TOOLS);
  }
}

/**
 * An item reference by type, or any item that gives its id and nothing else: the server has to look the rest up. An item
 * without type and role is a reference too, `item_reference` being the type's default.
 */
function standsForStoredItem(item: JsonObject): boolean {
  const { id, type, role } = item;
  if (type === "item_reference") return true;
  if (id === undefined || id === null || id === "") return false;
  if ((type === undefined || type === null) && (role === undefined || role === null)) return true;
  for (const key of Object.keys(item)) {
    if (!IDENTITY_FIELDS.has(key) && !isBlank(item[key])) return false;
  }
  return true;
}

function isBlank(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "" || (isJsonArray(value) && value.length === 0);
}

/** Reads the `file_id` of content parts, also where chat nests it in `file`. Text is never looked into. */
export function readContentParts(findings: Findings, parts: readonly JsonValue[], path: string): void {
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (!isJsonObject(part)) {
      addProblem(findings, `${path}[${index}]`, "must be an object");
      continue;
    }
    const { file_id: fileId, file } = part;
    if (fileId !== undefined) addFileReference(findings, fileId, `${path}[${index}].file_id`);
    if (isJsonObject(file)) addFileReference(findings, file["file_id"], `${path}[${index}].file.file_id`);
  }
}
