/** Properties without what they say of money: what is left to promise once the money clauses of an agreement are swapped. */

/* oxlint-disable unicorn/no-thenable -- `then` is the language's own word; it holds data, never a function, so nothing awaits it */

import type { BoundProperty, Properties } from "./parse-properties.ts";
import type { Property } from "./property-schema.ts";

/** Those that still demand something, at their places in the file. */
export function hostingProperties(properties: Properties): Properties {
  const bound = properties.bound.flatMap((each): readonly BoundProperty[] => {
    const property = withoutMoney(each.property);
    return property === null ? [] : [{ ...each, property }];
  });
  return { ...properties, bound };
}

function withoutMoney(property: Property): Property | null {
  if ("relation" in property) return property.relation.is === "equal-split" ? null : property;
  if ("invariantUnder" in property) {
    const of = property.of.filter((part) => part !== "share_ppm");
    return of.length === 0 ? null : { ...property, of };
  }
  const { share_ppm: _, money: __, money_basis: ___, ...hosts } = property.then;
  return Object.keys(hosts).length === 0 ? null : { ...property, then: hosts };
}
