/** Refusals in the shapes of Azure OpenAI (recorded from the service, 2025; texts are not guaranteed by its documentation). */

/** 401 for a wrong or missing `api-key`. */
export const AZURE_KEY_REFUSED = azureError(
  "401",
  "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active " +
    "subscription and use a correct regional API endpoint for your resource.",
);

/** 401 for a bearer token that is not one: flat, without `error`. */
export const AZURE_TOKEN_REFUSED = {
  statusCode: 401,
  message:
    "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.",
};

/** 404 for a deployment that the resource does not have. */
export const AZURE_DEPLOYMENT_NOT_FOUND = azureError(
  "DeploymentNotFound",
  "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please " +
    "wait a moment and try again.",
);

/** 404 for an unknown path, and for a dated path without `api-version`. */
export const AZURE_RESOURCE_NOT_FOUND = azureError("404", "Resource not found");

/** Any other refusal. `param` stands only when one is to blame. */
export function azureError(
  code: string,
  message: string,
  param: string | null = null,
): { readonly error: object } {
  return { error: { code, message, ...(param === null ? {} : { param, type: "invalid_request_error" }) } };
}
