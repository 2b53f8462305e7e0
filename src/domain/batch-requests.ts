/** What the requests of a batch used one by one: a price that depends on the length of a request cannot go by their sum. */

import type { Usage } from "./usage.ts";

/** In any order, those that used nothing left out or not; or why that is not known, in one of a closed set of sentences. */
export type BatchRequests = readonly Usage[] | RequestsGap;

type RequestsGap =
  | "it names no output file"
  | "its output file cannot be had"
  | "its output file is too large to read"
  | "its output file took too long to read"
  | "its output file is no list of answers"
  | "a request in its output file reports what cannot be true";
