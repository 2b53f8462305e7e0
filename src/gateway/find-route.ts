/** From a request line to an operation, in the dialect that the partner speaks. */

import { matchOperation, type Operation } from "../classification/operations.ts";
import type { ProviderId } from "../domain/call.ts";
import type { Partner } from "../domain/catalogue.ts";
import { refusal, type Refusal } from "../domain/refusal.ts";
import type { RequestHead } from "../http/request-head.ts";
import { isAzurePath, readAzureAddress, type AzureAddress } from "../wire/azure/paths.ts";

export interface Route {
  readonly kind: "route";
  readonly operation: Operation;
  readonly subjectId: string | null;
  /** Where in the request target the API's own path begins, such as `/chat/completions`. */
  readonly pathStart: number;
  /** The deployment that the path names, which stands for the model; null where the body names one. */
  readonly deployment: string | null;
  /** The provider whose deployment names the caller uses for models; null: public names only. */
  readonly namesOf: ProviderId | null;
}

const OPENAI_ROOT = "/v1";

/** Finds the operation by the exact raw path; `path` is the target without its query. */
export function findRoute(
  partner: Partner,
  { method = "", url = "" }: Pick<RequestHead, "method" | "url">,
  path: string,
): Route | Refusal {
  if (partner.dialect === "azure") return findAzureRoute(partner, method, url, path);
  if (path.startsWith("/v1/")) {
    return routeAt(method, path, { pathStart: OPENAI_ROOT.length, deployment: null, namesOf: null });
  }
  return isAzurePath(path)
    ? refusal(
        "unknown_path",
        `partner \`${partner.id}\` speaks OpenAI's dialect, and this is a path of Azure's`,
        {
          remedy: "call `/v1/...` instead, or give the partner `dialect: azure` in partners.yaml",
        },
      )
    : NO_OPENAI_PATH;
}

function findAzureRoute(partner: Partner, method: string, url: string, path: string): Route | Refusal {
  if (!isAzurePath(path)) return outsideAzure(partner, path);
  const address = readAzureAddress(url);
  if (address.kind !== "address") return wordMisaddress(address);
  const route = routeAt(method, path, { ...address, namesOf: partner.homeProvider });
  // Under a deployment Azure has only what its model does; stored answers are listed elsewhere.
  if (route.kind === "route" && address.deployment !== null && method !== "POST") {
    return wrongMethod(method, ["POST"]);
  }
  return route;
}

function routeAt(
  method: string,
  path: string,
  place: Pick<Route, "pathStart" | "deployment" | "namesOf">,
): Route | Refusal {
  const match = matchOperation(method, path.slice(place.pathStart));
  switch (match.kind) {
    case "matched": {
      const { pathStart, deployment, namesOf } = place;
      return {
        kind: "route",
        operation: match.operation,
        subjectId: match.id,
        pathStart,
        deployment,
        namesOf,
      };
    }
    case "unknown-path":
      return place.namesOf === null ? NO_OPENAI_PATH : NO_AZURE_PATH;
    case "wrong-method":
      return wrongMethod(method, place.deployment === null ? match.allowed : ["POST"]);
  }
}

function wrongMethod(method: string, allowed: readonly string[]): Refusal {
  return refusal("method_not_allowed", `\`${method}\` is not supported here, use ${allowed.join(" or ")}`, {
    allowedMethods: allowed,
  });
}

const NO_OPENAI_PATH = refusal("unknown_path", "unknown request URL: no such operation here", {
  remedy: "see GET /v1/models and the README for what is offered",
});
const NO_AZURE_PATH = refusal("unknown_path", "no such operation here", {
  remedy: "see GET /openai/v1/models and the README for what is offered",
});

function outsideAzure({ id }: Partner, path: string): Refusal {
  if (!path.startsWith("/v1/")) return NO_AZURE_PATH;
  return refusal("unknown_path", `partner \`${id}\` speaks Azure's dialect, and this is a path of OpenAI's`, {
    remedy:
      "call `/openai/v1/...` instead, or `/openai/deployments/{deployment}/...?api-version=YYYY-MM-DD`, " +
      "or give the partner `dialect: openai` in partners.yaml",
  });
}

function wordMisaddress({ kind }: Exclude<AzureAddress, { kind: "address" }>): Refusal {
  switch (kind) {
    case "no-version":
      return refusal("unknown_path", "dated paths exist under a version only", {
        param: "api-version",
        remedy: "send one `?api-version=YYYY-MM-DD` (or `YYYY-MM-DD-preview`), or call `/openai/v1/...`",
      });
    case "wrong-version":
      return refusal("unsupported_parameter", "API version not supported", {
        param: "api-version",
        remedy: "paths under `/openai/v1` take `preview`, `latest`, `v1` or none",
      });
    case "no-deployment":
      return refusal("unknown_path", "on dated paths this operation belongs to a deployment", {
        remedy: "call `/openai/deployments/{deployment}/...`, or `/openai/v1/...`",
      });
    case "unknown-path":
      return NO_AZURE_PATH;
  }
}
