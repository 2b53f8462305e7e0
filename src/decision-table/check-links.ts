/** Rules name each other: every id must exist once, exceptions be named on both sides, and override no circle. */

import { didYouMean } from "../config/did-you-mean.ts";
import type { Path, Problems } from "./problems.ts";

export interface LinkedRule {
  readonly id: string;
  readonly overrides: readonly string[];
  readonly except: readonly string[];
}

/** `noun` is what a rule is called in messages, and with an `s` the list of the document that holds the rules: `clause`, `rule`. */
export function checkOverrides<Rule extends LinkedRule>(
  rules: readonly Rule[],
  problems: Problems,
  { noun, objection = () => null }: { noun: string; objection?: (rule: Rule, other: Rule) => string | null },
): void {
  const list = `${noun}s`;
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  rules.forEach((rule, index) => {
    for (const link of ["overrides", "except"] as const) {
      rule[link].forEach((id, nth) => {
        const other = byId.get(id);
        const message =
          other === undefined
            ? `unknown ${noun} \`${id}\`${didYouMean(id, [...byId.keys()])}`
            : (wordBadLink(rule, link, other) ?? objection(rule, other));
        if (message !== null) problems.at([list, index, link, nth], message, "CT013");
      });
    }
  });
  for (const circle of overrideCircles(rules)) {
    const index = rules.findIndex(({ id }) => id === circle[0]);
    const text = [...circle, circle[0]].join(" -> ");
    problems.at([list, index, "overrides"], `${list} override each other in a circle: ${text}`, "CT013");
  }
}

/** Reports every id but the first that carries it, over several lists of one document. */
export function checkUnique(
  lists: Readonly<Record<string, readonly { readonly id: string }[]>>,
  problems: Problems,
): void {
  const seen = new Set<string>();
  for (const [list, items] of Object.entries(lists)) {
    items.forEach(({ id }, index) => {
      const path: Path = [list, index, "id"];
      if (seen.has(id)) problems.at(path, `id \`${id}\` is used twice, rename one`, "CT013");
      seen.add(id);
    });
  }
}

function wordBadLink(rule: LinkedRule, link: "overrides" | "except", other: LinkedRule): string | null {
  const { id } = other;
  if (id === rule.id) return `${id} cannot be an exception to itself`;
  if (link === "overrides" && !other.except.includes(rule.id)) {
    return `${rule.id} overrides ${id}, but ${id} does not name it: add \`except: [${rule.id}]\` there`;
  }
  if (link === "except" && !other.overrides.includes(rule.id)) {
    return `${id} is named as an exception, but does not say so: add \`overrides: [${rule.id}]\` there`;
  }
  return null;
}

/** Each circle once, starting at its first rule in the file. */
function overrideCircles(rules: readonly LinkedRule[]): readonly (readonly string[])[] {
  const targets = new Map(rules.map((rule) => [rule.id, rule.overrides]));
  const finished = new Set<string>();
  const circles: string[][] = [];
  const walk = (id: string, trail: readonly string[]): void => {
    const start = trail.indexOf(id);
    if (start >= 0) circles.push(trail.slice(start));
    if (start >= 0 || finished.has(id)) return;
    for (const next of targets.get(id) ?? []) walk(next, [...trail, id]);
    finished.add(id);
  };
  for (const rule of rules) walk(rule.id, []);
  return circles;
}
