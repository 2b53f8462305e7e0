/**
 * Fields by which a caller could ask for a provider, a region or an upstream credential. The destination of a call comes
 * from the decision table alone, so their presence is refused rather than ignored: a caller who sends one expects it to
 * work.
 *
 * The names are those that gateways of the LiteLLM kind read from a request body. There, a client-supplied `api_base`
 * sent the operator's provider key to a host of the caller's choice (LiteLLM issues 24952, 37053, 31467), and a check of
 * the top level alone was passed by nesting the field (LiteLLM pull request 26996; MLflow GHSA-h7x2-h6g9-p789). Hence the
 * look into nested objects, `extra_body` and `litellm_params` among them.
 */

import { isJsonObject, type JsonObject, type JsonValue } from "../../domain/json.ts";
import type { Operation } from "../operations.ts";

const NAMES = [
  // where to
  "api_base",
  "api_type",
  "api_version",
  "base_url",
  "endpoint",
  "endpoint_url",
  "azure_endpoint",
  "azure_deployment",
  "deployment",
  "deployment_id",
  "bedrock_endpoint",
  "sagemaker_base_url",
  // who
  "provider",
  "provider_options",
  "custom_llm_provider",
  "litellm_provider",
  "region",
  "region_name",
  "watsonx_region_name",
  // with whose credential
  "api_key",
  "azure_ad_token",
  "azure_ad_token_provider",
  "tenant_id",
  "client_secret",
  "litellm_credential_name",
  // a whole configuration of one's own
  "user_config",
  "model_list",
  "fallbacks",
];

/** Every spelling of a name: `api_base`, `api-base`, `apiBase`; and whole families such as `aws_region_name`. */
const FORBIDDEN = new RegExp(
  `^(?:${NAMES.map((name) => name.replaceAll("_", "[_-]?")).join("|")}|(?:aws|vertex|vertexai)[_-].*)$`,
  "i",
);

/** Values under these keys belong to the caller everywhere. */
const METADATA_ONLY: ReadonlySet<string> = new Set(["metadata"]);

/** Where the API itself nests content, schemas and arguments, whose keys are the caller's own words. */
const CONTENT_KEYS: ReadonlySet<string> = new Set([
  "metadata",
  "content",
  "output",
  "outputs",
  "results",
  "summary",
  "arguments",
  "action",
  "env",
  "parameters",
  "input_schema",
  "output_schema",
  "schema",
  "annotations",
  "variables",
  // `web_search` asks where the user is: `user_location.region`
  "user_location",
  // an `mcp` tool's headers go to that tool's own server
  "headers",
]);

/** Top-level fields with such places in them. Any other object is searched whole. */
const CONTENT_FIELDS: ReadonlySet<string> = new Set([
  "messages",
  "input",
  "items",
  "tools",
  "functions",
  "response_format",
  "text",
  "prompt",
  "prediction",
  "web_search_options",
  "method",
]);

/** Enough to tell a caller what to remove. */
const MAX_FOUND = 16;
const NONE: readonly string[] = [];

/**
 * The paths of the fields in `body` that ask for a provider, in the order they are met, at most sixteen; null values ask
 * for nothing. Metadata values, message contents, tool schemas and tool arguments are never searched. Works without
 * recursion, so no depth of nesting can exhaust the stack.
 */
export function findForbiddenFields(operation: Operation, body: JsonObject): readonly string[] {
  let found: string[] | null = null;
  for (const key of Object.keys(body)) {
    const value = body[key];
    if (value === undefined || value === null) continue;
    if (FORBIDDEN.test(key) && !isOwnField(operation, key)) {
      found ??= [];
      found.push(key);
    } else if (typeof value === "object" && key !== "metadata") {
      const skipped = CONTENT_FIELDS.has(key) ? CONTENT_KEYS : METADATA_ONLY;
      found = searchNested(value, key, skipped, found);
    }
    if (found !== null && found.length >= MAX_FOUND) break;
  }
  return found ?? NONE;
}

/** `batches.create` names the API operation of its lines in `endpoint`. */
function isOwnField(operation: Operation, key: string): boolean {
  return operation.id === "batches.create" && key === "endpoint";
}

/** A nested object or array still to be searched; the path is only spelled out when something is found. */
interface Place {
  readonly value: readonly JsonValue[] | JsonObject;
  readonly key: string | number;
  readonly parent: Place | null;
}

function searchNested(
  root: readonly JsonValue[] | JsonObject,
  rootKey: string,
  skipped: ReadonlySet<string>,
  foundSoFar: string[] | null,
): string[] | null {
  let found = foundSoFar;
  const pending: Place[] = [{ value: root, key: rootKey, parent: null }];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { value } = place;
    if (!isJsonObject(value)) {
      for (let index = value.length - 1; index >= 0; index -= 1) {
        const element = value[index];
        if (typeof element === "object" && element !== null) {
          pending.push({ value: element, key: index, parent: place });
        }
      }
      continue;
    }
    for (const key of Object.keys(value)) {
      const child = value[key];
      if (child === undefined || child === null || skipped.has(key)) continue;
      if (FORBIDDEN.test(key)) {
        found ??= [];
        found.push(`${spellPath(place)}.${key}`);
        if (found.length >= MAX_FOUND) return found;
      } else if (typeof child === "object") pending.push({ value: child, key, parent: place });
    }
  }
  return found;
}

/** `tools[0].api_base` for the place two steps down. */
function spellPath(place: Place): string {
  const steps: string[] = [];
  for (let at: Place | null = place; at !== null; at = at.parent) {
    if (typeof at.key === "number") steps.push(`[${at.key}]`);
    else steps.push(at.parent === null ? at.key : `.${at.key}`);
  }
  return steps.reverse().join("");
}
