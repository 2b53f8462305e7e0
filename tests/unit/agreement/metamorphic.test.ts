import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileAgreement, type CompiledAgreement } from "../../../src/agreement/compile.ts";
import { decide } from "../../../src/agreement/decide.ts";
import { everyCell } from "./interpreter.ts";
import { anyReading, generatedDocument, parseWhole, type WholeDocument } from "./small-agreement.ts";

type Facts = Readonly<Record<string, string>>;
type Axes = Record<string, { readonly source: string; readonly values: Record<string, string> }>;

function compiled(document: WholeDocument): CompiledAgreement {
  return compileAgreement(parseWhole(document), anyReading);
}

/** What a cell gets, without its number. */
function decision(agreement: CompiledAgreement, facts: Facts): unknown {
  const { cell: _, ...rest } = decide(agreement, facts);
  return rest;
}

describe("on generated agreements", () => {
  test("a value that no clause names changes nothing for the others", () => {
    fc.assert(
      fc.property(generatedDocument, (document) => {
        // `{not: [...]}` and `any` would take the new value in, but they leave the old cells as they are.
        const axes = structuredClone(document.axes) as Axes;
        const [first] = Object.values(axes);
        if (first) first.values["brand-new"] = "a value that nobody asked for";
        const before = compiled(document);
        const after = compiled({ ...document, axes });
        for (const facts of everyCell(document))
          expect(decision(after, facts)).toEqual(decision(before, facts));
      }),
      { seed: 21, numRuns: 100 },
    );
  });

  test("new names for values and providers give the same decisions under the new names", () => {
    fc.assert(
      fc.property(generatedDocument, (document) => {
        const rename = (word: string): string => `renamed-${word}`;
        const words = new Set([
          ...document.providers,
          ...Object.values(document.axes).flatMap(({ values }) => Object.keys(values)),
        ]);
        const renamed = deepRename(document, words, rename) as typeof document;
        const [before, after] = [compiled(document), compiled(renamed)];
        for (const facts of everyCell(document)) {
          const moved = Object.fromEntries(
            Object.entries(facts).map(([axis, value]) => [axis, rename(value)]),
          );
          const one = decide(before, facts);
          const other = decide(after, moved);
          expect(other.kind).toBe(one.kind);
          if (one.kind === "allowed" && other.kind === "allowed") {
            expect(other.providers).toEqual(one.providers.map(rename).toSorted());
            expect(other.clauses).toEqual(one.clauses);
          }
        }
      }),
      { seed: 22, numRuns: 100 },
    );
  });

  test("a clause that says what another says, under another id, moves no call and no money", () => {
    fc.assert(
      fc.property(generatedDocument, fc.nat(), (document, pick) => {
        const twin = document.clauses[pick % document.clauses.length];
        if (!twin) return;
        const copy = { ...structuredClone(twin), id: "C99" };
        const clauses = [
          ...document.clauses.map((each) => ({
            ...each,
            except: each.except.includes(twin.id) ? [...each.except, "C99"] : each.except,
            overrides: each.overrides.includes(twin.id) ? [...each.overrides, "C99"] : each.overrides,
          })),
          copy,
        ];
        const [before, after] = [compiled(document), compiled({ ...document, clauses })];
        for (const facts of everyCell(document)) {
          const [one, other] = [decide(before, facts), decide(after, facts)];
          expect(other.kind).toBe(one.kind);
          if (one.kind === "allowed" && other.kind === "allowed") {
            expect(other.providers).toEqual(one.providers);
            expect(other.sharePpm).toEqual(one.sharePpm);
          }
        }
      }),
      { seed: 23, numRuns: 100 },
    );
  });
});

/** Renames words where they stand as values or keys. */
function deepRename(value: unknown, words: ReadonlySet<string>, rename: (word: string) => string): unknown {
  if (typeof value === "string") return words.has(value) ? rename(value) : value;
  if (Array.isArray(value)) return value.map((item) => deepRename(item, words, rename));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      words.has(key) ? rename(key) : key,
      deepRename(part, words, rename),
    ]),
  );
}
