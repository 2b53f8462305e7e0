/**
 * CT007: every fact that the caller controls and that alone widens where a call may run. Two places can hold one: an axis of the
 * agreement, and an axis of the classification, which moves the call to another class.
 */

import { rulingAt, type CheckedTable } from "../agreement/verify/checked-table.ts";
import type { Classifier } from "../classification/compile.ts";
import { OPERATIONS } from "../classification/operations.ts";
import type { Cover } from "../decision-table/cubes.ts";
import { showCells } from "../decision-table/finding.ts";
import { groupAt, indexAt, type Space } from "../decision-table/space.ts";
import type { WorkloadClass } from "../domain/call.ts";

export interface Laundering {
  /** `regime x reading` */
  readonly table: string;
  /** The axis that the caller controls; also the id under which a reading accepts it. */
  readonly axis: string;
  /** Where the axis is declared. */
  readonly within: "agreement" | "classification";
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** How it moves the class of the call, where it is the classification that it sways. */
  readonly moves: { readonly from: WorkloadClass; readonly to: WorkloadClass } | null;
  /** Providers that become possible, in alphabetical order, over all the cells. */
  readonly gains: readonly string[];
  /** Cells of the agreement in which the allowed set grows. */
  readonly cover: Cover;
  /** How many cells of the full space that is. */
  readonly cellCount: number;
  /** Why the reading accepts it, or null. */
  readonly accepted: string | null;
}

/** Every widening of one table, those of the agreement first. */
export function findLaundering(table: CheckedTable, classifier: Classifier): readonly Laundering[] {
  return [...withinAgreement(table), ...throughClassification(table, classifier)];
}

function withinAgreement(table: CheckedTable): readonly Laundering[] {
  const { space } = table.reduced;
  return space.facets.flatMap((facet) => {
    if (facet.axis.source !== "caller") return [];
    return pairsOf(facet.groups).flatMap(([from, to]) => {
      const found = cellsOf(space).filter((cell) => indexAt(facet, cell) === from);
      const step = (to - from) * facet.stride;
      return widenings(table, found, (cell) => cell + step, {
        axis: facet.axis.name,
        within: "agreement",
        from: facet.groups[from] ?? [],
        to: facet.groups[to] ?? [],
        moves: null,
      });
    });
  });
}

function throughClassification(table: CheckedTable, classifier: Classifier): readonly Laundering[] {
  const { space } = classifier.reduced;
  return space.facets.flatMap((facet) => {
    if (facet.axis.source !== "caller") return [];
    return pairsOf(facet.groups).flatMap(([from, to]) => {
      const step = (to - from) * facet.stride;
      const moves = new Map<string, readonly [WorkloadClass, WorkloadClass]>();
      for (const cell of cellsOf(space)) {
        if (indexAt(facet, cell) !== from || !runsModel(classifier, cell)) continue;
        const [before, after] = [classAt(classifier, cell), classAt(classifier, cell + step)];
        if (before === null || after === null || before === after) continue;
        moves.set(`${before} ${after}`, [before, after]);
      }
      return [...moves.values()].flatMap(([before, after]) =>
        movedCalls(
          table,
          { before, after },
          {
            axis: facet.axis.name,
            within: "classification",
            from: facet.groups[from] ?? [],
            to: facet.groups[to] ?? [],
            moves: { from: before, to: after },
          },
        ),
      );
    });
  });
}

const JOBS_THAT_RUN_A_MODEL: ReadonlySet<string> = new Set(
  OPERATIONS.filter(({ inference }) => inference).map(({ job }) => job),
);

/** Where no model runs, nothing is laundered: counting the tokens of a session is no session. */
function runsModel({ reduced: { space } }: Classifier, cell: number): boolean {
  const jobs = space.facets.find(({ axis }) => axis.name === "job");
  return jobs !== undefined && groupAt(jobs, cell).some((job) => JOBS_THAT_RUN_A_MODEL.has(job));
}

function classAt({ reduced }: Classifier, cell: number): WorkloadClass | null {
  const ruling = reduced.outcomes[reduced.cells[cell] ?? -1];
  return ruling?.kind === "classified" ? ruling.workload : null;
}

type Described = Pick<Laundering, "axis" | "within" | "from" | "to" | "moves">;

/** What a call of one class gains where it is of another class. */
function movedCalls(
  table: CheckedTable,
  { before, after }: { before: WorkloadClass; after: WorkloadClass },
  described: Described,
): readonly Laundering[] {
  const { space } = table.reduced;
  const facet = space.facets.find(({ axis }) => axis.name === "workload");
  if (facet === undefined) return [];
  const group = (workload: string): number => facet.groups.findIndex((values) => values.includes(workload));
  const [from, to] = [group(before), group(after)];
  // An agreement that has no such class denies it: nothing is gained.
  if (from < 0 || to < 0) return [];
  const cells = cellsOf(space).filter((cell) => indexAt(facet, cell) === from);
  return widenings(table, cells, (cell) => cell + (to - from) * facet.stride, described);
}

function widenings(
  table: CheckedTable,
  cells: readonly number[],
  other: (cell: number) => number,
  described: Described,
): readonly Laundering[] {
  const gains = new Set<string>();
  const widened = cells.filter((cell) => {
    const gained = gainedBetween(table, cell, other(cell));
    for (const provider of gained) gains.add(provider);
    return gained.length > 0;
  });
  if (widened.length === 0) return [];
  const { acceptedWidenings } = table.compiled.reading;
  return [
    {
      ...described,
      table: table.name,
      gains: [...gains].sort(),
      ...showCells({ table, cells: widened }),
      accepted: acceptedWidenings.find(({ id }) => id === described.axis)?.reason ?? null,
    },
  ];
}

/** Providers that the second cell allows and the first does not; none where either is denied. */
function gainedBetween(table: CheckedTable, cell: number, other: number): readonly string[] {
  const [before, after] = [rulingAt(table, cell), rulingAt(table, other)];
  if (before.kind === "denied" || after.kind === "denied") return [];
  return after.providers.filter((provider) => !before.providers.includes(provider));
}

function pairsOf(groups: readonly unknown[]): readonly (readonly [number, number])[] {
  const numbers = [...groups.keys()];
  return numbers.flatMap((from) => numbers.filter((to) => to !== from).map((to) => [from, to] as const));
}

const numbered = new WeakMap<Space, readonly number[]>();

function cellsOf(space: Space): readonly number[] {
  const cells = numbered.get(space) ?? [...Array(space.size).keys()];
  numbered.set(space, cells);
  return cells;
}
