/** What Azure's default content filter adds to a chat answer; the mock finds everything safe. */

const SAFE = { filtered: false, severity: "safe" };
const SAFE_RESULTS = { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE };

/** Top-level field of a whole answer. */
export const PROMPT_FILTER_RESULTS = [
  {
    prompt_index: 0,
    content_filter_results: { ...SAFE_RESULTS, jailbreak: { filtered: false, detected: false } },
  },
];

/** The first chunk of every Azure chat stream: it vouches for the prompt and has no choice. */
export const PROMPT_FILTER_CHUNK = {
  choices: [],
  created: 0,
  id: "",
  model: "",
  object: "",
  prompt_filter_results: PROMPT_FILTER_RESULTS,
};

/** A choice, or a chunk's choice, with what the filter found in it. */
export function withFilterResults<T extends object>(choice: T): T & { content_filter_results: object } {
  return { ...choice, content_filter_results: SAFE_RESULTS };
}
