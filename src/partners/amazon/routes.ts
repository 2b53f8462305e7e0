/** Paths of the Amazon stand-in. */

export type BedrockOperation = "converse" | "converse-stream" | "invoke" | "invoke-with-response-stream";

export type Route =
  | { readonly kind: "health" }
  | { readonly kind: "bedrock"; readonly operation: BedrockOperation; readonly modelId: string }
  /** `path` is the gateway's: `/v1/…` with the query. */
  | { readonly kind: "openai"; readonly path: string }
  | { readonly kind: "wrong-method"; readonly allowed: string }
  | { readonly kind: "unknown" };

/** Matches the raw path: it is split before a label is decoded, since a model id may hold an encoded slash. */
export function matchRoute(method: string, rawPath: string, rawQuery: string): Route {
  if (rawPath === "/livez" || rawPath === "/readyz") {
    return method === "GET" ? { kind: "health" } : { kind: "wrong-method", allowed: "GET" };
  }
  if (rawPath.startsWith("/openai/v1/")) {
    const path = rawPath.slice("/openai".length);
    return { kind: "openai", path: rawQuery === "" ? path : `${path}?${rawQuery}` };
  }
  return matchBedrock(method, rawPath);
}

const OPERATIONS: ReadonlySet<string> = new Set<BedrockOperation>([
  "converse",
  "converse-stream",
  "invoke",
  "invoke-with-response-stream",
]);

function matchBedrock(method: string, rawPath: string): Route {
  const [root, model, label, operation, ...rest] = rawPath.split("/");
  if (root !== "" || model !== "model" || !label || rest.length > 0 || !isOperation(operation)) {
    return { kind: "unknown" };
  }
  if (method !== "POST") return { kind: "wrong-method", allowed: "POST" };
  const modelId = decodeLabel(label);
  return modelId === null ? { kind: "unknown" } : { kind: "bedrock", operation, modelId };
}

function isOperation(segment: string | undefined): segment is BedrockOperation {
  return segment !== undefined && OPERATIONS.has(segment);
}

function decodeLabel(label: string): string | null {
  try {
    return decodeURIComponent(label);
  } catch {
    return null;
  }
}
