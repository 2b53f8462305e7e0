/** Calls that need the answer before them: a session's turns, a fine-tuning job on an uploaded file. */

import { STEP_PROFILES } from "./call-profile.ts";
import type { CallSize, PartnerClients } from "./clients/partner-clients.ts";
import { endedCall, type Recorder } from "./recorder.ts";

/** Opens a session with the direct seller and continues it once. Stops after a failed first turn, which is recorded. */
export async function runSession(
  clients: PartnerClients,
  sizes: readonly [CallSize, CallSize],
  recorder: Pick<Recorder, "record">,
  scheduledAtMs: number,
): Promise<void> {
  const first = await clients.send("direct responses", sizes[0], scheduledAtMs);
  recorder.record(endedCall(STEP_PROFILES.firstTurn, first, true));
  if (first.error !== null || first.id === null) return;
  const next = await clients.continueSession(sizes[1], first.id, first.timings.endedAtMs);
  recorder.record(endedCall(STEP_PROFILES.nextTurn, next, true));
}

/** Uploads a small training file and starts a job on it. Stops after a failed upload, which is recorded. */
export async function runFineTune(
  clients: PartnerClients,
  text: string,
  recorder: Pick<Recorder, "record">,
  scheduledAtMs: number,
): Promise<void> {
  const file = await clients.uploadTrainingFile(text, scheduledAtMs);
  recorder.record(endedCall(STEP_PROFILES.trainingFile, file, true));
  if (file.error !== null || file.id === null) return;
  const job = await clients.startTraining(file.id, file.timings.endedAtMs);
  recorder.record(endedCall(STEP_PROFILES.trainingJob, job, true));
}
