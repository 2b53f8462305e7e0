/** Whether two policies speak about the same calls, so that what they say can be compared. */

import { layOutAxes, type Axis } from "../../decision-table/axes.ts";
import type { Policy } from "../policy.ts";
import type { PolicySources } from "../policy-sources.ts";

/** What can be said of a call. */
export interface Words {
  /** Of the agreement. */
  readonly axes: readonly Axis[];
  /** Of the classification. */
  readonly evidenceAxes: readonly Axis[];
  /** Axes of the agreement whose value depends on the date alone. */
  readonly dated: readonly string[];
}

/** Returns the words that a compiled policy decides by. */
export function wordsOfPolicy({ agreement, classifier, facts }: Policy): Words {
  return { axes: agreement.axes, evidenceAxes: classifier.axes, dated: Object.keys(facts.facts) };
}

/** Returns the words that a configuration declares. */
export function wordsOfSources({ vocabulary, classification, facts }: PolicySources): Words {
  return {
    axes: layOutAxes(vocabulary.value.axes),
    evidenceAxes: layOutAxes(classification.value.axes),
    dated: Object.keys(facts.facts),
  };
}

/** The first word that only one of the two has, such as "`partner: google` of the vocabulary"; null where they have the same. */
export function wordOfOneSide(one: Words, other: Words): string | null {
  const listed = ({ axes, evidenceAxes, dated }: Words): readonly string[] => [
    ...valuesOf(axes).map((text) => `${text} of the vocabulary`),
    ...valuesOf(evidenceAxes).map((text) => `${text} of the classification`),
    ...dated.map((axis) => `the dated fact \`${axis}\``),
  ];
  const [left, right] = [listed(one), listed(other)];
  const [first = null] = [
    ...left.filter((word) => !right.includes(word)),
    ...right.filter((word) => !left.includes(word)),
  ];
  return first;
}

function valuesOf(axes: readonly Axis[]): readonly string[] {
  return axes.flatMap(({ name, values }) => values.map((value) => `\`${name}: ${value}\``));
}
