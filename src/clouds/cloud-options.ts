/** How a mock cloud is started. */

import type { Clock } from "../domain/ports.ts";
import type { CloudModel } from "./cloud-model.ts";

export interface CloudOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** The gateway's provider key, and the key of direct SDK tests; the meter tells them apart. */
  readonly keys: { readonly gateway: string; readonly direct: string };
  /** Divides every simulated wait; above 0, Infinity for none. */
  readonly speed: number;
  /** Answers, vectors and latency noise follow from it and the request alone. */
  readonly seed: number;
  readonly clock: Clock;
  readonly models: readonly CloudModel[];
  /** Where uploaded files are kept until the cloud is closed; the system's temporary folder by default. */
  readonly uploadFolder?: string;
  /** Told of defects of the mock itself, which it answers with 500. */
  readonly onDefect?: (error: unknown) => void;
}

/** Throws RangeError for a speed that is not a number above 0. */
export function checkSpeed(speed: number): void {
  if (!(speed > 0)) throw new RangeError(`the speed of a mock cloud is above 0, got \`${speed}\``);
}
