/**
 * The closed list of knobs: questions the public text leaves open (A1 to A23 of the project's notes on the agreement), each
 * with its named readings. `simulated` readings change what the program does; the others are known but would change nothing
 * yet, so a reading that picks one is refused rather than silently ignored.
 */

interface Knob {
  readonly question: string;
  readonly simulated: readonly string[];
  readonly notYet: readonly string[];
}

export const KNOBS = {
  A1: knob("what `stateless` means", ["dependence", "family", "retention", "invocation"], []),
  A2: knob("a session of one turn, stored and never continued", ["in-effect", "declaration"], ["on-close"]),
  A3: knob("model calls made by a stateful runtime", ["infer-elsewhere", "infer-on-azure"], []),
  A4: knob("whose state counts", ["by-holder"], ["by-experience"]),
  A5: knob("how much state a session needs", ["resolvable-id"], ["turns", "lifetime", "substance"]),
  A6: knob("hidden state such as a long-kept prompt cache", ["ignore", "counts"], []),
  A7: knob("first-party hosting: duty or description", ["strict", "descriptive"], ["majority"]),
  A8: knob("API calls on other metal", ["control-plane", "waived"], ["silicon"]),
  A9: knob("Azure is full", ["fail", "spill"], ["queue-then-fail", "queue"]),
  A10: knob("batch jobs", ["lines", "stateful-job", "own-class"], []),
  A11: knob("realtime voice", ["stateful"], ["stateless"]),
  A12: knob("one-shot calls that are not generation", ["stateless-api", "out-of-scope"], []),
  A13: knob("serving a tuned model", ["stateless-call"], ["follows-training-host"]),
  A14: knob("server state that Azure sells too", ["either-host", "elsewhere-only"], []),
  A15: knob("what results from a collaboration", ["any-deal"], ["named-partners"]),
  A16: knob("custom models for a partner's own apps", ["api-product", "non-api-product", "internal-use"], []),
  A17: knob("the government exception", ["national-security", "every-agency"], []),
  A18: knob("a relay on another cloud", ["relay-allowed"], ["relay-is-access"]),
  A19: knob("what ends the exclusivity before a new regime does", ["agi-or-regime", "regime-only"], []),
  A20: knob("what a breach does", ["record-only"], ["alert"]),
  A21: knob("runs made of several calls", ["per-hop"], ["per-run"]),
  A22: knob("head start of `first on Azure`", ["one-day", "thirty-days"], ["per-stage", "per-region"]),
  A23: knob("API products or stateless APIs", ["narrow", "broad"], []),
} as const satisfies Record<string, Knob>;

export type KnobId = keyof typeof KNOBS;
export const KNOB_IDS = Object.keys(KNOBS) as readonly KnobId[];

/** The reading picked for each knob. */
export type Choices = Readonly<Record<KnobId, string>>;

function knob<const S extends readonly string[]>(
  question: string,
  simulated: S,
  notYet: readonly string[],
): { readonly question: string; readonly simulated: S; readonly notYet: readonly string[] } {
  return { question, simulated, notYet };
}
