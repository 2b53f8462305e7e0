/** The words that the partner dialects share: what a call asks for, what is sent, what came of it. */

/** One call to make. */
export interface CallPlan {
  readonly text: string;
  readonly outputTokens: number;
  readonly streamed: boolean;
}

/** A request ready to send: the body is text, so its length is known. */
export interface PreparedRequest {
  readonly method: "GET" | "POST";
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a client was told in an answer. */
export interface AnswerSummary {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** The id of the object made, such as `resp_…`, or null. */
  readonly id: string | null;
  /** Why a 2xx answer is no answer: cut short, an error event, no JSON. */
  readonly error: string | null;
}

/** Reads one answer of a dialect as it arrives. */
export interface AnswerReader {
  /** Takes the next bytes; true when they held text of the answer (the first time is the first token). */
  feed(chunk: Uint8Array): boolean;
  /** Called once, after the last byte. */
  finish(): AnswerSummary;
}

/** Monotonic milliseconds; null where the call did not get so far. */
interface CallTimings {
  /** When the schedule wanted it sent. */
  readonly scheduledAtMs: number;
  readonly sentAtMs: number;
  readonly headersAtMs: number | null;
  /** The first text of the answer, which is neither headers nor an opening event. */
  readonly firstTokenAtMs: number | null;
  readonly endedAtMs: number;
}

export interface CallResult extends AnswerSummary {
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** `x-clauseway-request-id` of the answer, the id under which clouds meter the call. */
  readonly requestId: string | null;
  readonly timings: CallTimings;
}
