/** What is known of a call once it is classified. */

import type { CallFacts, WorkloadClass } from "../domain/call.ts";
import type { WideningId } from "./schema.ts";

export interface Classification {
  readonly kind: "classified";
  readonly workload: WorkloadClass;
  readonly inference: boolean;
  /** Whether the result stays behind under an id after the reply. */
  readonly retained: boolean;
  /** Ids of the deciding rules of `config/classification.yaml`, never empty. */
  readonly rules: readonly string[];
  /** The field by which the caller alone moved a fresh call, if that is what moved it. */
  readonly widening: WideningId | null;
  /** What was seen, one word per axis: the same frozen object for all calls that show the same. */
  readonly evidence: CallFacts;
}
