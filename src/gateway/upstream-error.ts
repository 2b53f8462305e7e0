/** An upstream's error, told to our caller: its meaning kept, its address and our credential left out. */

import { refusal, type Refusal } from "../domain/refusal.ts";
import type { Provider } from "../domain/catalogue.ts";
import { isJsonObject, readJson, type JsonObject, type JsonValue } from "../domain/json.ts";
import type { Plan } from "../pipeline/plan.ts";

/**
 * Reads a reply with an error status. The caller's own mistakes (400, 404 of an object, 409, 413, 422) keep their message; a
 * refusal of *our* credential or deployment is our fault and becomes 502; 429 keeps its retry hint.
 */
export function refusalFromUpstream(
  status: number,
  body: Buffer,
  retryAfter: string | undefined,
  { plan, provider }: { readonly plan: Plan; readonly provider: Provider },
): Refusal {
  const { clause } = plan;
  const said = readError(body);
  const message = redact(said.message ?? `${provider.id} answered ${status}`, provider);
  const param = said.param === null ? null : redact(said.param, provider);
  const told = toldBy(provider, body);
  if (status === 429) {
    return refusal("rate_limited", message, { clause, retryAfterSeconds: seconds(retryAfter) ?? 1, ...told });
  }
  if (said.code === "previous_response_not_found" || (status === 404 && said.code !== "DeploymentNotFound")) {
    return refusal("state_not_found", message, { clause, param, ...told });
  }
  if ([400, 409, 413, 422].includes(status)) {
    return refusal("unsupported_parameter", message, { clause, param, ...told });
  }
  if (status === 503) {
    return refusal("provider_unavailable", message, { clause, retryAfterSeconds: seconds(retryAfter) ?? 2 });
  }
  return refusal("upstream_error", `${provider.id} could not serve the call (status ${status})`, { clause });
}

const MAX_TOLD_BYTES = 65_536;

/** Azure's error object whole, for callers of its dialect: a filtered prompt is told by its code and its inner error alone. */
function toldBy(provider: Provider, body: Buffer): Pick<Refusal, "told"> {
  if (provider.dialect !== "azure" || body.length > MAX_TOLD_BYTES) return {};
  const reply = readJson(body.toString("utf8"));
  const error = isJsonObject(reply) ? reply["error"] : null;
  return isJsonObject(error) ? { told: redactAll(error, provider) } : {};
}

function redactAll(error: JsonObject, provider: Provider): JsonObject {
  return JSON.parse(JSON.stringify(error), (_key, value: unknown) =>
    typeof value === "string" ? redact(value, provider) : value,
  ) as JsonObject;
}

interface SaidError {
  readonly message: string | null;
  readonly code: string | null;
  readonly param: string | null;
}

function readError(body: Buffer): SaidError {
  const reply = readJson(body.toString("utf8"));
  const error = isJsonObject(reply) ? reply["error"] : null;
  if (!isJsonObject(error)) return { message: null, code: null, param: null };
  return { message: text(error["message"]), code: text(error["code"]), param: text(error["param"]) };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** `text` without the provider's credential and its addresses. */
export function redact(message: string, provider: Provider): string {
  const secrets = [provider.credential, ...provider.regions.map(({ baseUrl }) => new URL(baseUrl).host)];
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, "***"), message);
}

/** `Retry-After` in whole seconds, at most a minute; a date or garbage is ignored. */
function seconds(header: string | undefined): number | null {
  if (header === undefined || !/^\d{1,15}$/.test(header)) return null;
  return Math.min(60, Number(header));
}
