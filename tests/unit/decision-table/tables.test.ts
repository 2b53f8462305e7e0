import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cellOf, countCells, layOutAxes, tableSize, type Axis } from "../../../src/decision-table/axes.ts";
import type { AxisDeclaration, Condition } from "../../../src/decision-table/condition.ts";
import { coverWithCubes, type Cube } from "../../../src/decision-table/cubes.ts";
import { inScope, scopeOf, type ScopedRule } from "../../../src/decision-table/scope.ts";
import {
  cellHolding,
  cellsWithin,
  collapse,
  splitFirst,
  valuesAt,
  weightOf,
  type Space,
} from "../../../src/decision-table/space.ts";
import { expandTable, reduceTable } from "../../../src/decision-table/table.ts";

const SHAPE = {
  color: ["blue", "green", "red"],
  size: ["large", "small"],
  taste: ["bitter", "sour", "sweet", "tart"],
};
const axes = layOutAxes(
  Object.fromEntries(
    Object.entries(SHAPE).map(([name, values]): [string, AxisDeclaration] => [
      name,
      { source: "derived", values: Object.fromEntries(values.map((value) => [value, `it is ${value}`])) },
    ]),
  ),
);
const everyCell = product(axes);

const condition = fc.record(
  Object.fromEntries(
    Object.entries(SHAPE).map(([axis, values]) => [axis, fc.subarray(values, { minLength: 1 })]),
  ),
  { requiredKeys: [] },
);
const rules = fc.array(condition, { maxLength: 8 }).map((conditions) =>
  conditions.map((when, index): ScopedRule => ({
    id: `R${index}`,
    scope: scopeOf(when as Condition, axes),
  })),
);
/** Any set of cells. */
const cellSet = fc.subarray([...everyCell.keys()]);

const idsOn = (speaking: readonly ScopedRule[]): string => speaking.map(({ id }) => id).join(" ");

describe("a table", () => {
  test("says in every cell what the rules that accept it say together", () => {
    fc.assert(
      fc.property(rules, (drawn) => {
        const flat = expandTable(
          reduceTable({ axes, rules: drawn, ruleOn: idsOn }),
          axes,
          ({ name }) => `no ${name}`,
        );
        for (const values of everyCell) {
          const expected = idsOn(drawn.filter(({ scope }) => inScope(scope, axes, values)));
          expect(flat.outcomes[flat.cells[cellOf(axes, values)] ?? -1]).toBe(expected);
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  test("denies an unknown value whatever the others say, and names the first unknown axis", () => {
    const flat = expandTable(
      reduceTable({ axes, rules: [], ruleOn: idsOn }),
      axes,
      ({ name }) => `no ${name}`,
    );
    const says = (values: Record<string, string>): unknown =>
      flat.outcomes[flat.cells[cellOf(axes, values)] ?? -1];
    expect(says({ color: "red", size: "large" })).toBe("no taste");
    expect(says({ size: "tiny", taste: "sour" })).toBe("no color");
    expect(flat.cells.length).toBe(tableSize(axes));
  });
});

describe("a merged space", () => {
  test("holds every cell once, and no scope straddles a merged cell", () => {
    fc.assert(
      fc.property(rules, (drawn) => {
        const scopes = drawn.map(({ scope }) => scope);
        for (const space of [collapse(axes, scopes), splitFirst(collapse(axes, scopes))]) {
          const numbers = [...Array(space.size).keys()];
          expect(numbers.reduce((sum, cell) => sum + weightOf(space, cell), 0)).toBe(countCells(axes));
          for (const scope of scopes) {
            const within = new Set(cellsWithin(space, scope));
            for (const values of everyCell) {
              expect(within.has(cellHolding(space, values))).toBe(inScope(scope, axes, values));
            }
          }
          for (const cell of numbers) expect(cellHolding(space, valuesAt(space, cell))).toBe(cell);
        }
      }),
      { seed: 12, numRuns: 100 },
    );
  });
});

describe("cubes", () => {
  const space = collapse(
    axes,
    everyCell.map((values) => axes.map(({ name }) => new Set([values[name] ?? ""]))),
  );

  test("hold exactly the cells asked for, and those that do not matter", () => {
    fc.assert(
      fc.property(cellSet, cellSet, (wanted, free) => {
        const mayHold = new Set(free.filter((cell) => !wanted.includes(cell)));
        const { cubes, cellsLeft } = coverWithCubes(space, wanted, { mayHold, limit: 100 });
        expect(cellsLeft).toBe(0);
        const held = new Set(cubes.flatMap((cube) => cellsIn(space, cube)));
        for (const cell of wanted) expect(held.has(cell)).toBe(true);
        for (const cell of held) expect(wanted.includes(cell) || mayHold.has(cell)).toBe(true);
      }),
      { seed: 13, numRuns: 200 },
    );
  });

  test("are maximal: no value can be added to one without taking in a cell that is not wanted", () => {
    fc.assert(
      fc.property(cellSet, (wanted) => {
        for (const cube of coverWithCubes(space, wanted, { limit: 100 }).cubes) {
          for (const axis of axes) {
            for (const value of axis.values) {
              if ((cube[axis.name] ?? axis.values).includes(value)) continue;
              const wider = { ...cube, [axis.name]: [...(cube[axis.name] ?? []), value] };
              expect(cellsIn(space, wider).every((cell) => wanted.includes(cell))).toBe(false);
            }
          }
        }
      }),
      { seed: 14, numRuns: 100 },
    );
  });

  test("beyond the limit are counted", () => {
    const scattered = everyCell.flatMap((_, cell) => (cell % 5 === 0 ? [cell] : []));
    const { cubes, cellsLeft } = coverWithCubes(space, scattered, { limit: 1 });
    expect(cubes.length).toBe(1);
    expect(cellsLeft).toBeGreaterThan(0);
  });
});

function cellsIn(space: Space, cube: Cube): readonly number[] {
  return cellsWithin(
    space,
    axes.map(({ name, values }) => new Set(cube[name] ?? values)),
  );
}

function product(over: readonly Axis[]): readonly Readonly<Record<string, string>>[] {
  return over.reduce<readonly Readonly<Record<string, string>>[]>(
    (cells, { name, values }) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  );
}
