/** What a call is: the words that classification, agreement, routing and ledger share. */

/** A cloud that can host work, such as `azure`; configured, and always an output of the decision. */
export type ProviderId = string;

/** A frontend that sells or embeds the models, known by its credential. */
export type PartnerId = string;

/** A holder of money, such as `openai` or `microsoft`. */
export type PartyId = string;

/** A clause of the loaded agreement, such as `C1`; `none` where an answer came before a decision. */
export type ClauseId = string;

/** The five kinds of work an agreement can treat differently. */
export const WORKLOAD_CLASSES = ["stateless", "stateful", "training", "batch", "management"] as const;
export type WorkloadClass = (typeof WORKLOAD_CLASSES)[number];

/** Kinds of content that a provider keeps under an id. */
const STATE_KINDS = [
  "response",
  "item",
  "conversation",
  "chat.completion",
  "file",
  "batch",
  "fine_tuning.job",
  "container",
  "vector_store",
] as const;
export type StateKind = (typeof STATE_KINDS)[number];

/** Facts of one call by axis of the agreement, each value a word of that axis (`workload: stateless`). */
export type CallFacts = Readonly<Record<string, string>>;

/** One place that serves models: a provider's region. `id` is `provider/region`, unique. */
export interface Deployment {
  readonly id: string;
  readonly provider: ProviderId;
  readonly region: string;
}
