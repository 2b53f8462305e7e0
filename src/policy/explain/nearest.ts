/** The nearest calls with another answer: what would have to be different for another set of hosts. */

import type { CompiledAgreement } from "../../agreement/compile.ts";
import { sameSet } from "../../agreement/verify/same-outcome.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import type { AxisSource } from "../../decision-table/condition.ts";
import type { Cube } from "../../decision-table/cubes.ts";
import { cellHolding, indexAt, type Space } from "../../decision-table/space.ts";
import type { CallFacts, ClauseId } from "../../domain/call.ts";
import { decidingClauses } from "./cited.ts";
import { sameHosts } from "./same-hosts.ts";

interface Neighbour {
  /** The axes that change, each with the values that lead to the same answer. */
  readonly change: Cube;
  readonly distance: 1 | 2;
  readonly ruling: Ruling;
  /** The clauses that decide there. */
  readonly by: readonly ClauseId[];
}

export interface Nearest {
  /** Fewest changes first, and among those what a call is before what a date is. */
  readonly neighbours: readonly Neighbour[];
  /** Further ones at these distances, left out. */
  readonly more: number;
}

const LIMIT = 6;
/** What the next call can be, what another partner's is, what only time changes. */
const BY_SOURCE: readonly AxisSource[] = ["caller", "derived", "authenticated", "fact"];

/**
 * Cells one change away and, where neither change alone does it, two changes away, with another allowed set. `facts` must be
 * known to their axes. Impossible cells are none.
 */
export function findNearest({ reduced, source }: CompiledAgreement, facts: CallFacts): Nearest {
  const { space, cells, outcomes } = reduced;
  const own = cellHolding(space, facts);
  const rulingAt = (cell: number): Ruling | null => {
    const ruling = outcomes[cells[cell] ?? -1];
    return ruling === undefined || (ruling.kind === "denied" && ruling.reason === "infeasible")
      ? null
      : ruling;
  };
  const from = rulingAt(own);
  const differs = (cell: number): Ruling | null => {
    const ruling = rulingAt(cell);
    return ruling === null || (from !== null && sameHosts(from, ruling)) ? null : ruling;
  };
  const steps = stepsFrom(space, own);
  const near = steps.flatMap((step) => {
    const ruling = differs(own + step.by);
    return ruling === null ? [] : [{ steps: [step], ruling }];
  });
  const pairs = steps.flatMap((one, index) =>
    steps.slice(index + 1).flatMap((two) => {
      if (one.axis === two.axis) return [];
      const ruling = differs(own + one.by + two.by);
      if (ruling === null) return [];
      const already = near.some(
        ({ steps: [step], ruling: known }) => (step === one || step === two) && sameHosts(known, ruling),
      );
      return already ? [] : [{ steps: [one, two], ruling }];
    }),
  );
  const all = [...gather(near), ...gather(pairs)];
  const neighbours = all
    .slice(0, LIMIT)
    .map((each) => ({ ...each, by: decidingClauses(source, each.ruling) }));
  return { neighbours, more: Math.max(0, all.length - LIMIT) };
}

interface Step {
  readonly axis: string;
  readonly values: readonly string[];
  /** What it adds to the number of the merged cell. */
  readonly by: number;
}

interface Reached {
  readonly steps: readonly Step[];
  readonly ruling: Ruling;
}

function stepsFrom(space: Space, cell: number): readonly Step[] {
  const facets = space.facets.toSorted(
    (a, b) => BY_SOURCE.indexOf(a.axis.source) - BY_SOURCE.indexOf(b.axis.source),
  );
  return facets.flatMap((facet) => {
    const own = indexAt(facet, cell);
    return facet.groups.flatMap((values, index) =>
      index === own ? [] : [{ axis: facet.axis.name, values, by: (index - own) * facet.stride }],
    );
  });
}

/** Joins what differs in one axis only and leads to the same hosts by the same clauses. */
function gather(reached: readonly Reached[]): readonly Omit<Neighbour, "by">[] {
  const found: { change: Cube; ruling: Ruling; distance: 1 | 2 }[] = [];
  for (const { steps, ruling } of reached) {
    const change = Object.fromEntries(steps.map(({ axis, values }) => [axis, values]));
    const known = found.find((each) => each.ruling === ruling && mergeableAxis(each.change, change) !== null);
    const axis = known === undefined ? null : mergeableAxis(known.change, change);
    if (known === undefined || axis === null) {
      found.push({ change, ruling, distance: steps.length === 1 ? 1 : 2 });
      continue;
    }
    known.change = {
      ...known.change,
      [axis]: [...(known.change[axis] ?? []), ...(change[axis] ?? [])].sort(),
    };
  }
  return found;
}

/** The one axis in which two changes of the same axes differ, or null. */
function mergeableAxis(one: Cube, other: Cube): string | null {
  const axes = Object.keys(one);
  if (!sameSet(axes, Object.keys(other))) return null;
  const differing = axes.filter((axis) => !sameSet(one[axis] ?? [], other[axis] ?? []));
  return differing.length === 1 ? (differing[0] ?? null) : null;
}
