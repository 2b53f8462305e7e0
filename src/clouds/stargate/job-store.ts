/** The jobs of a training cluster. Bounded: beyond the bound the oldest job goes. */

import type { JsonBody } from "../http/read-body.ts";
import type { JobFacts } from "./model.ts";

export interface Job {
  readonly id: string;
  readonly project: string | null;
  readonly caller: "gateway" | "direct";
  /** The body that created it; echoed in part. */
  readonly request: JsonBody;
  readonly trainingFile: string;
  readonly facts: JobFacts;
}

export interface JobStore {
  put(job: Job): void;
  get(id: string): Job | undefined;
  /** Oldest first. */
  list(project: string | null): readonly Job[];
}

const MOST_JOBS = 10_000;

/** An empty store. */
export function createJobStore(): JobStore {
  const jobs = new Map<string, Job>();
  return {
    put(job) {
      jobs.set(job.id, job);
      const oldest = jobs.keys().next().value;
      if (jobs.size <= MOST_JOBS || oldest === undefined) return;
      jobs.delete(oldest);
    },
    get: (id) => jobs.get(id),
    list: (project) => [...jobs.values()].filter((job) => job.project === project),
  };
}
