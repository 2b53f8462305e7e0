/**
 * Addresses of Azure OpenAI: dated paths, which need `?api-version=` and name the deployment for the operations of a model, and
 * v1 paths, which need neither. Paths are compared byte by byte; nothing is decoded. Pure.
 */

/** Where an address leads, or why it leads nowhere. */
export type AzureAddress =
  | {
      readonly kind: "address";
      /** Where in the target the API's own path begins: after `/openai/v1`, `/openai` or `/openai/deployments/{deployment}`. */
      readonly pathStart: number;
      /** The deployment in the path, as sent; null where the body names it. */
      readonly deployment: string | null;
    }
  /** A dated path without one proper `api-version`: Azure has no such path. */
  | { readonly kind: "no-version" }
  /** A v1 path with a version that is not v1's. */
  | { readonly kind: "wrong-version" }
  /** A dated path of an operation that wants its deployment in the path. */
  | { readonly kind: "no-deployment" }
  | { readonly kind: "unknown-path" };

const ROOT = "/openai";
const V1 = "/openai/v1";
const DEPLOYMENTS = "/openai/deployments/";
const DATED_VERSION = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:-preview)?$/;
const V1_VERSIONS: ReadonlySet<string> = new Set(["v1", "preview", "latest"]);
/** Dated paths of these exist under a deployment only. */
const OF_A_DEPLOYMENT: ReadonlySet<string> = new Set(["/chat/completions", "/completions", "/embeddings"]);

/** True for what can only be meant for Azure's API: everything below `/openai/`. */
export function isAzurePath(path: string): boolean {
  return path.startsWith("/openai/");
}

/** Reads a request target (path and query) below `/openai/`. */
export function readAzureAddress(target: string): AzureAddress {
  const queryAt = target.indexOf("?");
  const path = queryAt < 0 ? target : target.slice(0, queryAt);
  const versions = queryAt < 0 ? [] : new URLSearchParams(target.slice(queryAt)).getAll("api-version");
  if (path.startsWith(`${V1}/`)) {
    const known = versions.length === 0 || (versions.length === 1 && V1_VERSIONS.has(versions[0] ?? ""));
    return known ? { kind: "address", pathStart: V1.length, deployment: null } : { kind: "wrong-version" };
  }
  const address = path.startsWith(DEPLOYMENTS) ? underDeployment(path) : withoutDeployment(path);
  if (address.kind !== "address") return address;
  return versions.length === 1 && isDatedVersion(versions[0] ?? null) ? address : { kind: "no-version" };
}

/** A version that the dated paths take, such as `2024-10-21` or `2025-04-01-preview`. */
export function isDatedVersion(version: string | null): boolean {
  return version !== null && DATED_VERSION.test(version);
}

/** The target without `api-version`, which is between the caller and this API and means nothing to another one. */
export function withoutApiVersion(target: string): string {
  const queryAt = target.indexOf("?");
  if (queryAt < 0) return target;
  const kept = target
    .slice(queryAt + 1)
    .split("&")
    .filter((pair) => pair !== "" && !pair.startsWith("api-version="));
  const path = target.slice(0, queryAt);
  return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
}

function underDeployment(path: string): AzureAddress {
  const end = path.indexOf("/", DEPLOYMENTS.length);
  if (end <= DEPLOYMENTS.length) return { kind: "unknown-path" };
  const rest = path.slice(end);
  // The SDK puts the deployment before `/batches` too, when it was given one.
  if (!OF_A_DEPLOYMENT.has(rest) && rest !== "/batches") return { kind: "unknown-path" };
  return { kind: "address", pathStart: end, deployment: path.slice(DEPLOYMENTS.length, end) };
}

function withoutDeployment(path: string): AzureAddress {
  if (OF_A_DEPLOYMENT.has(path.slice(ROOT.length))) return { kind: "no-deployment" };
  return { kind: "address", pathStart: ROOT.length, deployment: null };
}
