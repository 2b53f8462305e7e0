/** Azure on the wire: regions, error shapes, the headers of its replies. Pure. */

import {
  AZURE_DEPLOYMENT_NOT_FOUND,
  AZURE_KEY_REFUSED,
  AZURE_RESOURCE_NOT_FOUND,
  AZURE_TOKEN_REFUSED,
  azureError,
} from "../../wire/azure/errors.ts";
import { isDatedVersion } from "../../wire/azure/paths.ts";
import { CloudError } from "../cloud-error.ts";
import type { Dialect, ErrorReply } from "../dialect.ts";

/** Regions by their name in paths, with the title that `x-ms-region` shows. */
export const AZURE_REGIONS: Readonly<Record<string, string>> = {
  eastus2: "East US 2",
  swedencentral: "Sweden Central",
};

/** The dated paths need `api-version`; without a proper one they do not exist. Throws CloudError 404 then. */
export function checkApiVersion(query: URLSearchParams): void {
  if (!isDatedVersion(query.get("api-version"))) {
    throw new CloudError(404, "unknown_path", "Resource not found");
  }
}

/** Azure's dialect: replies name the underlying model version, output is held back by the content filter. */
export const azureDialect: Dialect = {
  filtersContent: true,
  error: errorReply,
  unauthorized: ({ usedBearer }) => ({
    status: 401,
    body: usedBearer ? AZURE_TOKEN_REFUSED : AZURE_KEY_REFUSED,
  }),
  replyHeaders: (call) => ({
    "x-request-id": call.replyId,
    "apim-request-id": call.replyId,
    "x-ms-region": AZURE_REGIONS[call.service.region] ?? call.service.region,
    "x-content-type-options": "nosniff",
    ...(call.requestId === null ? {} : { "x-ms-client-request-id": call.requestId }),
  }),
  modelName: (model) => model.version,
};

function errorReply(error: CloudError): ErrorReply {
  if (error.code === "model_not_found") return { status: 404, body: AZURE_DEPLOYMENT_NOT_FOUND };
  if (error.code === "unknown_path") return { status: 404, body: AZURE_RESOURCE_NOT_FOUND };
  return {
    status: error.status,
    body: azureError(error.code ?? String(error.status), error.message, error.param),
  };
}
