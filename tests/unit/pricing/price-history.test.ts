/** Which price holds is a function of two days: the day of the call, and the day it is asked about. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { historyOf, knownAt, priceAt } from "../../../src/pricing/price-history.ts";

interface Version {
  readonly id: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly recordedAt: string;
  readonly supersedes: string | null;
}

function version(id: string, changes: Partial<Version> = {}): Version {
  return { id, from: null, to: null, recordedAt: "2024-01-01", supersedes: null, ...changes };
}

const first = version("a", { from: "2024-01-01", to: "2024-03-01", recordedAt: "2024-01-01" });
const second = version("b", { from: "2024-03-01", recordedAt: "2024-02-20" });
/** On leap day somebody finds that the first price had changed on the 15th. */
const early = version("a1", {
  from: "2024-01-01",
  to: "2024-02-15",
  recordedAt: "2024-02-29",
  supersedes: "a",
});
const late = version("a2", {
  from: "2024-02-15",
  to: "2024-03-01",
  recordedAt: "2024-02-29",
  supersedes: "a",
});

describe("a price learned later", () => {
  const { history, clashes } = historyOf([first, second, early, late]);

  it.each([
    // Day of the call, as known on, version.
    ["2024-02-20", "2024-01-01", "a"],
    ["2024-02-20", "2024-02-28", "a"],
    ["2024-02-20", "2024-02-29", "a2"],
    ["2024-02-20", null, "a2"],
    ["2024-02-14", "2024-02-29", "a1"],
    ["2024-02-15", "2024-02-29", "a2"],
    ["2024-02-29", null, "a2"],
    ["2024-03-01", null, "b"],
    ["2024-03-01", "2024-02-20", "b"],
    ["2024-03-01", "2024-02-19", null],
    ["2024-02-20", "2023-12-31", null],
    ["2023-12-31", null, null],
  ])("for a call on %s, as known on %s, is %s", (date, asOf, id) => {
    expect(clashes).toEqual([]);
    expect(priceAt(history, date, asOf)?.id ?? null).toBe(id);
  });

  it("leaves what was known before as it was", () => {
    const before = historyOf([first, second]);
    for (const asOf of ["2024-01-01", "2024-02-20", "2024-02-28"]) {
      expect(knownAt(history, asOf)).toEqual(knownAt(before.history, asOf));
    }
  });

  it.each<[string, readonly Version[], string]>([
    ["names a version that there is not", [version("a", { supersedes: "z" })], "there is no version `z`"],
    [
      "was not learned later",
      [first, { ...early, recordedAt: "2024-01-01" }],
      "`a` was recorded on 2024-01-01, so this one must be recorded later",
    ],
    ["names itself", [version("a", { supersedes: "a" })], "`a` was recorded on 2024-01-01"],
    ["overlaps one that stands", [first, second, { ...late, to: "2024-03-02" }], "overlaps the version from"],
  ])("that %s is refused", (_case, versions, message) => {
    expect(
      historyOf(versions)
        .clashes.map((clash) => clash.message)
        .join("\n"),
    ).toContain(message);
  });

  it("does not excuse an overlap by being recorded on another day", () => {
    const { clashes: found } = historyOf([first, { ...first, id: "c", recordedAt: "2024-02-01" }]);
    expect(found).toMatchObject([{ index: 1, field: "from" }]);
  });
});

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2023, 11, 20);
/** Days around the turn of a leap year and its leap day. */
const day = fc.nat({ max: 90 }).map((days) => new Date(START_MS + days * DAY_MS).toISOString().slice(0, 10));

/** The day after, by the calendar. */
function dayAfter(date: string): string {
  return new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10);
}

describe("laws of the pick", () => {
  it("one version at most, none only in a gap, whatever is corrected, as of any day", () => {
    const leap = dayAfter("2024-02-28");
    expect(leap).toBe("2024-02-29");
    fc.assert(
      fc.property(
        fc.uniqueArray(day, { minLength: 1, maxLength: 5 }),
        fc.array(fc.record({ at: day, cut: day }), { maxLength: 3 }),
        day,
        day,
        (starts, corrections, date, asOf) => {
          const ordered = starts.toSorted();
          const base = ordered.map((from, index) =>
            version(`v${index}`, { from, to: ordered[index + 1] ?? null, recordedAt: "2023-12-20" }),
          );
          // Each correction splits the version that holds at `cut` in two, both learned on a later day.
          const corrected: Version[] = [...base];
          const replaced = new Set<string>();
          for (const [index, { cut, at }] of corrections.entries()) {
            const old = base.find(({ from, to }) => (from ?? "") < cut && (to === null || cut < to));
            if (!old || replaced.has(old.id) || at <= old.recordedAt) continue;
            replaced.add(old.id);
            const about = { recordedAt: at, supersedes: old.id };
            corrected.push(
              version(`c${index}a`, { from: old.from, to: cut, ...about }),
              version(`c${index}b`, { from: cut, to: old.to, ...about }),
            );
          }
          const { history, clashes } = historyOf(corrected);
          expect(clashes).toEqual([]);
          // The same by the definition: all that is recorded and not replaced by something recorded.
          const known = corrected.filter(({ recordedAt }) => recordedAt <= asOf);
          const stale = new Set(known.map(({ supersedes }) => supersedes));
          const holding = known.filter(
            ({ id, from, to }) => !stale.has(id) && (from ?? "") <= date && (to === null || date < to),
          );
          expect(holding.length).toBe(known.length > 0 && date >= (ordered[0] ?? "") ? 1 : 0);
          expect(priceAt(history, date, asOf)?.id ?? null).toBe(holding[0]?.id ?? null);
          // Where one version ends, the next begins on the very next day.
          const last = priceAt(history, date, null);
          if (last !== null && last.to === dayAfter(date)) {
            expect(priceAt(history, dayAfter(date), null)?.from).toBe(last.to);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("order of the rows does not matter", () => {
    const versions = [first, second, early, late];
    fc.assert(
      fc.property(fc.shuffledSubarray(versions, { minLength: 4 }), day, day, (shuffled, date, asOf) => {
        const { history } = historyOf(shuffled);
        expect(priceAt(history, date, asOf)).toEqual(priceAt(historyOf(versions).history, date, asOf));
      }),
    );
  });
});
