/** Agreements of any number of clauses over one large space in which next to no two values are alike, for the benchmark. */

import { parseAgreement, type Agreement } from "../../src/agreement/parse.ts";
import { parseVocabulary, type Vocabulary } from "../../src/agreement/vocabulary.ts";
import { seededRng } from "../../src/domain/rng.ts";
import type { Rng } from "../../src/domain/ports.ts";

/** Values of each axis: 10 x 10 x 10 x 10 x 10 x 15 = 1,500,000 cells. */
const AXIS_SIZES = [10, 10, 10, 10, 10, 15] as const;
const PROVIDERS = ["azure", "aws", "google", "oracle", "stargate"] as const;
/** Each clause names three axes and about three values of each, so it speaks in some 3 % of the cells. */
const AXES_NAMED = 3;
const PART_ACCEPTED = 0.3;

/**
 * `clauses` clauses, at least 2: a duty that holds everywhere, one split of the revenue, and permissions that widen the duty
 * here and there. The same text for the same number.
 */
export function syntheticAgreement(clauses: number): Agreement {
  const vocabulary = syntheticVocabulary();
  const permissions = Array.from({ length: clauses - 2 }, (_, index) => `C${index + 3}`);
  const rng = seededRng(1);
  const document = {
    agreement: {
      id: "synthetic",
      title: "An agreement for measuring",
      regime: "synthetic",
      version: 1,
      effective: { from: "2026-01-01", to: null },
      currency: "USD",
    },
    clauses: [
      clause("C1", "obligation", {}, { provider: { in: ["azure"] } }, { except: permissions }),
      clause("C2", "remuneration", {}, { share_ppm: { openai: 800_000, microsoft: 200_000 } }),
      ...permissions.map((id, index) => {
        const provider = PROVIDERS[index % PROVIDERS.length] ?? "azure";
        const when = drawCondition(index, rng);
        return clause(id, "permission", when, { provider: { in: [provider] } }, { overrides: ["C1"] });
      }),
    ],
  };
  // JSON is YAML, so the text is parsed as any agreement is.
  return parseAgreement(JSON.stringify(document), "synthetic.yaml", vocabulary);
}

function clause(id: string, modality: string, when: object, effect: object, links: object = {}): object {
  const common = { id, name: "SYNTHETIC", text: "a clause for measuring", basis: "assumed", source: ["own"] };
  // oxlint-disable-next-line unicorn/no-thenable -- the agreement's own word; it holds data
  return { ...common, modality, when, then: effect, ...links };
}

/** Over neighbouring axes, so that every axis is named equally often. */
function drawCondition(index: number, rng: Rng): Readonly<Record<string, readonly string[]>> {
  const named = Array.from({ length: AXES_NAMED }, (_, nth) => (index + nth) % AXIS_SIZES.length);
  return Object.fromEntries(
    named.map((axis) => {
      const values = valuesOf(axis);
      const accepted = values.filter(() => rng.next() < PART_ACCEPTED);
      return [`axis${axis}`, accepted.length > 0 ? accepted : values.slice(0, 1)];
    }),
  );
}

function valuesOf(axis: number): readonly string[] {
  return Array.from({ length: AXIS_SIZES[axis] ?? 0 }, (_, value) => `v${value}`);
}

function syntheticVocabulary(): Vocabulary {
  const axes = AXIS_SIZES.map((_, axis) => {
    const values = Object.fromEntries(valuesOf(axis).map((value) => [value, `the value ${value}`]));
    return [`axis${axis}`, { source: "derived", values }];
  });
  const document = {
    sources: { own: { title: "Made for measuring", url: ["load-tests/bench/synthetic-agreement.ts"] } },
    axes: Object.fromEntries(axes),
    providers: PROVIDERS,
    parties: ["openai", "microsoft"],
  };
  return parseVocabulary(JSON.stringify(document), "synthetic-vocabulary.yaml");
}
