/** A small agreement in which one thing at a time can be made wrong, and a generator of others. */

import * as fc from "fast-check";
import { stringify } from "yaml";
import { KNOB_IDS, KNOBS, type KnobId } from "../../../src/agreement/knobs.ts";
import { parseAgreement } from "../../../src/agreement/parse.ts";
import type { Agreement } from "../../../src/agreement/parse.ts";
import { parseReadings, type Reading } from "../../../src/agreement/reading.ts";
import { parseVocabulary, type Vocabulary } from "../../../src/agreement/vocabulary.ts";

export const SMALL_VOCABULARY = `sources:
  S1: { title: a test, url: [https://example.com] }
axes:
  workload: { source: derived, values: { stateless: one exchange, stateful: a session } }
  region: { source: authenticated, values: { us: in America, eu: in Europe } }
providers: [azure, aws]
parties: [openai, microsoft]
`;

export const SMALL = `agreement:
  id: small
  title: A small agreement for tests
  regime: test
  version: 1
  effective: { from: 2026-01-01, to: null }
  currency: USD
infeasible: []
clauses:
  - id: C1
    name: HOST
    modality: obligation
    text: stateless calls are hosted on azure
    basis: assumed
    source: [S1]
    when: { workload: stateless }
    then: { provider: { in: [azure] } }
    includes: [{ region: us }]
    except: [C2]
  - id: C2
    name: EXCEPT
    modality: permission
    text: calls from Europe may go anywhere
    basis: assumed
    source: [S1]
    when: { region: eu }
    then: { provider: { in: any } }
    overrides: [C1]
  - id: C3
    name: SESSION
    modality: permission
    text: sessions may go anywhere
    basis: assumed
    source: [S1]
    when: { workload: stateful }
    then: { provider: { in: any } }
  - id: C4
    name: SHARE
    modality: remuneration
    text: a fifth goes to the host
    basis: assumed
    source: [S1]
    when: {}
    then: { share_ppm: { openai: 800000, microsoft: 200000 } }
`;

/** A complete reading of the first choice of each knob, for agreements that ask about none. */
export const anyReading: Reading = readingOf({});

/** The same with some knobs chosen otherwise. */
export function readingOf(chosen: Readonly<Partial<Record<KnobId, string>>>): Reading {
  const choices = KNOB_IDS.map((id) => [
    id,
    { choose: chosen[id] ?? KNOBS[id].simulated[0], because: "for a test" },
  ]);
  const document = {
    reading: { id: "any", title: "the first choices" },
    choices: Object.fromEntries(choices),
  };
  const [reading] = parseReadings([{ text: stringify(document), file: "r.yaml" }]);
  if (!reading) throw new Error("a reading was expected");
  return reading;
}

const smallVocabulary: Vocabulary = parseVocabulary(SMALL_VOCABULARY, "v.yaml");

/** An agreement in the words of the small vocabulary. */
export function parseSmall(text: string): Agreement {
  return parseAgreement(text, "a.yaml", smallVocabulary);
}

/** The small agreement with `before` replaced; throws when the text does not hold it exactly once. */
export function smallWith(before: string, after: string): Agreement {
  if (SMALL.split(before).length !== 2) throw new Error(`\`${before}\` is not there exactly once`);
  return parseSmall(SMALL.replace(before, after));
}

/** A document that holds its own words, as generated ones do, taken apart and parsed. */
export function parseWhole({ sources, axes, providers, parties, ...agreement }: WholeDocument): Agreement {
  const vocabulary = parseVocabulary(stringify({ sources, axes, providers, parties }), "v.yaml");
  return parseAgreement(stringify(agreement), "a.yaml", vocabulary);
}

export interface WholeDocument {
  readonly sources: unknown;
  readonly axes: unknown;
  readonly providers: readonly string[];
  readonly parties: readonly string[];
  readonly [key: string]: unknown;
}

const AXES = { one: ["a", "b", "c"], two: ["x", "y"], three: ["p", "q"] };
const PROVIDERS = ["azure", "aws", "google"];

const condition = fc
  .record(
    Object.fromEntries(
      Object.entries(AXES).map(([axis, values]) => [axis, fc.subarray(values, { minLength: 1 })]),
    ),
    { requiredKeys: [] },
  )
  .map((when) => ({ ...when }) as Record<string, string[]>);

const effect = fc.oneof(
  fc.record({
    modality: fc.constantFrom("obligation", "prohibition", "permission"),
    // oxlint-disable-next-line unicorn/no-thenable -- the agreement's own word
    then: fc.subarray(PROVIDERS, { minLength: 1 }).map((named) => ({ provider: { in: named } })),
  }),
  fc.record({
    modality: fc.constant("remuneration"),
    // oxlint-disable-next-line unicorn/no-thenable -- the agreement's own word
    then: fc.constantFrom(0, 200_000).map((share) => ({
      share_ppm: { openai: 1_000_000 - share, microsoft: share },
    })),
  }),
);

/** Documents of a few clauses; later ones override earlier ones on the same subject at random, so never in a circle. */
export const generatedDocument = fc
  .array(fc.record({ when: condition, effect, overrides: fc.infiniteStream(fc.boolean()) }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((drafts) => {
    const clauses = drafts.map((draft, index) => ({
      id: `C${index + 1}`,
      name: "GENERATED",
      text: "a generated clause",
      basis: "assumed",
      source: ["S1"],
      when: draft.when,
      ...draft.effect,
      overrides: drafts
        .slice(0, index)
        .flatMap((earlier, nth) =>
          sameSubject(earlier, draft) && draft.overrides.next().value ? [`C${nth + 1}`] : [],
        ),
    }));
    return {
      agreement: {
        id: "generated",
        title: "A generated agreement",
        regime: "test",
        version: 1,
        effective: { from: "2026-01-01", to: null },
        currency: "USD",
      },
      sources: { S1: { title: "a test", url: ["https://example.com"] } },
      axes: Object.fromEntries(
        Object.entries(AXES).map(([axis, values]) => [
          axis,
          {
            source: "derived",
            values: Object.fromEntries(values.map((value) => [value, `the value ${value}`])),
          },
        ]),
      ),
      providers: PROVIDERS,
      parties: ["openai", "microsoft"],
      infeasible: [{ id: "X1", when: { one: "c", two: ["y"], three: { not: ["p"] } }, because: "it is so" }],
      clauses: clauses.map((clause) => ({
        ...clause,
        except: clauses.filter((other) => other.overrides.includes(clause.id)).map((other) => other.id),
      })),
    };
  });

function sameSubject(a: { effect: { modality: string } }, b: { effect: { modality: string } }): boolean {
  return (a.effect.modality === "remuneration") === (b.effect.modality === "remuneration");
}
