/** Every word of a condition must be declared. */

import { didYouMean } from "../config/did-you-mean.ts";
import { select, type AxisDeclaration, type Condition, type Selector } from "./condition.ts";
import type { Path, Problems } from "./problems.ts";

type Axes = Readonly<Record<string, AxisDeclaration>>;

/** Reports axes that have no values, a default that is none of them, and `any`, which is taken. */
export function checkAxes(axes: Axes, problems: Problems): void {
  for (const [name, { values, default: ordinary }] of Object.entries(axes)) {
    const known = Object.keys(values);
    if (known.length === 0) problems.at(["axes", name, "values"], "an axis has at least one value");
    if (values["any"] !== undefined) {
      problems.atKey(["axes", name, "values", "any"], "`any` means every value, name the value otherwise");
    }
    if (ordinary !== undefined) checkKnown(ordinary, known, "value", ["axes", name, "default"], problems);
  }
}

/** Reports unknown axes and values, each with what may be meant, and conditions that nothing can meet. */
export function checkCondition(axes: Axes, when: Condition, path: Path, problems: Problems): void {
  for (const [name, selector] of Object.entries(when)) {
    const declared = axes[name];
    if (declared === undefined) {
      problems.atKey([...path, name], `unknown axis \`${name}\`${didYouMean(name, Object.keys(axes))}`);
      continue;
    }
    const values = Object.keys(declared.values);
    checkSelector(selector, values, [...path, name], problems);
    if (select(selector, values).size === 0) {
      problems.at([...path, name], `leaves no value of \`${name}\`, so nothing can match`);
    }
  }
}

/** Reports each of the words that is not known, with the nearest that is. */
export function checkKnown(
  words: string | readonly string[],
  known: readonly string[],
  what: string,
  path: Path,
  problems: Problems,
): void {
  const listed = typeof words === "string" ? [words] : words;
  listed.forEach((word, index) => {
    if (known.includes(word)) return;
    const place = typeof words === "string" ? path : [...path, index];
    problems.at(place, `unknown ${what} \`${word}\`${didYouMean(word, known)}`);
  });
}

/** Reports the unknown words of one selector, each as an unknown `what`. */
export function checkSelector(
  selector: Selector,
  values: readonly string[],
  path: Path,
  problems: Problems,
  what = "value",
): void {
  if (selector === "any") return;
  if (typeof selector === "string" || Array.isArray(selector)) {
    checkKnown(selector, values, what, path, problems);
  } else {
    checkKnown(selector.not, values, what, [...path, "not"], problems);
  }
}
