/** One region of one mock cloud: what its operations work with. */

import type { ProviderId } from "../domain/call.ts";
import type { Clock } from "../domain/ports.ts";
import { CloudError } from "./cloud-error.ts";
import type { CloudModel } from "./cloud-model.ts";
import type { Dialect } from "./dialect.ts";
import type { FileStore } from "./files/file-store.ts";
import type { Meter } from "./meter.ts";
import type { Scheduler } from "./scheduler.ts";
import type { StateStore } from "./state/state-store.ts";

export interface CloudService {
  readonly provider: ProviderId;
  readonly region: string;
  readonly dialect: Dialect;
  readonly models: ReadonlyMap<string, CloudModel>;
  readonly clock: Clock;
  /** Divides every simulated wait. */
  readonly speed: number;
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly meter: Meter;
  readonly state: StateStore;
  readonly files: FileStore;
  /** Told of defects of the mock itself. */
  readonly onDefect: (error: unknown) => void;
}

/** The model that a call names; throws 404 when this cloud does not serve it for this kind of call. */
export function findModel(service: CloudService, name: unknown, kind: CloudModel["kind"]): CloudModel {
  if (typeof name !== "string" || name === "") {
    throw new CloudError(400, "missing_required_parameter", "you must provide a model parameter", "model");
  }
  const model = service.models.get(name);
  if (!model || model.kind !== kind) {
    throw new CloudError(
      404,
      "model_not_found",
      `the model \`${name.slice(0, 128)}\` does not exist here or you do not have access to it`,
      "model",
    );
  }
  return model;
}

/** Seconds since 1970, as the API stamps its objects. */
export function nowSeconds(service: CloudService): number {
  return Math.floor(service.clock.nowMs() / 1000);
}
