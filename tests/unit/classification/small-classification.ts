/** A small classification in which one thing at a time can be made wrong. */

import { type ClassificationDocument, parseClassification } from "../../../src/classification/parse.ts";

export const SMALL = `sources:
  S1: { title: a test, url: [https://example.com] }
axes:
  job:
    source: derived
    values:
      generate: writes an answer
      embed: makes vectors
      count: counts tokens
      read-state: reads what is kept
      train: changes weights
      batch: answers later
      manage: looks after assets
  api:
    source: caller
    values:
      chat: chat completions
      completions: text completions
      responses: responses
      conversations: conversations
      embeddings: embeddings
      files: uploaded files
      models: list of models
      fine-tuning: tuning jobs
      batches: batch jobs
  state: { source: derived, default: none, values: { none: nothing kept, resolved: something kept } }
  content: { source: derived, values: { none: nothing by id, resolved: a file by id } }
  background: { source: caller, values: { no: answers at once, yes: answers later } }
  auto-container: { source: caller, values: { no: starts no sandbox, yes: starts a sandbox } }
  store: { source: caller, values: { dropped: nothing is kept, kept: the reply is kept } }
  prompt: { source: caller, values: { none: the whole prompt, template: a stored template } }
  prewarm: { source: caller, values: { no: it generates, yes: it fills a cache } }
  cache: { source: caller, values: { short: as long as usual, extended: half a day or more } }
infeasible:
  - { id: X1, when: { job: embed, background: yes }, because: "vectors come at once" }
rules:
  - id: K1
    name: BASE
    text: whatever else it is, it is stateless
    basis: assumed
    source: [S1]
    when: { job: { not: [train] } }
    then: { workload: stateless }
    except: [K2, K3]
  - id: K2
    name: STATE
    text: what needs something kept is stateful
    basis: assumed
    source: [S1]
    when: { state: resolved, job: { not: [train] } }
    only-if: { A1: dependence }
    then: { workload: stateful }
    overrides: [K1]
  - id: K3
    name: BACKGROUND
    text: what runs on is stateful
    basis: assumed
    source: [S1]
    when: { background: yes, job: { not: [train] } }
    then: { workload: stateful, widening: background }
    overrides: [K1]
  - id: K4
    name: TRAINING
    text: what changes weights is training
    basis: assumed
    source: [S1]
    when: { job: train }
    then: { workload: training }
properties:
  - { id: P1, text: training is training, forall: { job: train }, then: { workload: training } }
examples:
  - { id: E1, text: a plain call, given: { job: generate }, expect: { workload: stateless, rules: [K1] } }
`;

/** The small classification with `before` replaced; throws when the text does not hold it exactly once. */
export function smallWith(before: string, after: string): ClassificationDocument {
  if (SMALL.split(before).length !== 2) throw new Error(`\`${before}\` is not there exactly once`);
  return parseClassification(SMALL.replace(before, after), "c.yaml");
}
