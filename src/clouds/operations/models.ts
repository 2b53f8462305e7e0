/** `GET /models`. */

import { modelObject } from "../../wire/openai/models.ts";
import { CloudError } from "../cloud-error.ts";
import type { CloudModel } from "../cloud-model.ts";
import type { CloudCall } from "../http/call.ts";
import { replyJson } from "../http/reply.ts";

/** 2026-01-01, the day the simulated catalogue was made. */
const CREATED = 1_767_225_600;

/** Lists every model of the cloud. */
export function listModels(call: CloudCall): void {
  replyJson(call, { object: "list", data: [...call.service.models.values()].map(listed) });
}

/** Shows one model, or 404. */
export function getModel(call: CloudCall): void {
  const model = call.service.models.get(call.id);
  if (!model)
    throw new CloudError(404, "model_not_found", `the model \`${call.id}\` does not exist`, "model");
  replyJson(call, listed(model));
}

function listed(model: CloudModel): object {
  return modelObject({ id: model.name, ownedBy: "openai", created: CREATED });
}
