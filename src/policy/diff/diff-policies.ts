/** What changes from one policy to another: cells of the agreement, classes of calls, and what the one does to the other. */

import { rulingAt } from "../../agreement/verify/checked-table.ts";
import type { Policy } from "../policy.ts";
import { classMoves, compareHeadStart, factMoves, headStartMoves, type HeadStartDays } from "./axis-moves.ts";
import { changeRows, type ChangeRow } from "./change-rows.ts";
import { joinTables, type JointTables } from "./joint-tables.ts";
import { compareMoves, type Move } from "./moves.ts";
import { reclassified, type Reclassified } from "./reclassified.ts";
import { wordOfOneSide, wordsOfPolicy } from "./whether-comparable.ts";

/** `EQUIVALENT`: no call gets other hosts; the clauses that say so, and the split, may still differ. */
type DiffVerdict = "EQUIVALENT" | "TIGHTER" | "LOOSER" | "INCOMPARABLE";

/** Cells of the full space. */
interface CellTally {
  readonly gaining: number;
  readonly losing: number;
}

export interface PolicyDiff {
  readonly before: Policy;
  readonly after: Policy;
  readonly joint: JointTables;
  /** Cells whose decision differs. */
  readonly rows: readonly ChangeRow[];
  readonly evidence: Reclassified;
  /** What becomes of calls that are of another class, whose model is new for longer or less long, or of which another fact holds. */
  readonly moves: readonly Move[];
  /** Days of the head start on either side; null where they are the same, or the agreements do not ask. */
  readonly headStartDays: HeadStartDays | null;
  readonly verdict: DiffVerdict;
  readonly cells: CellTally & {
    readonly changed: number;
    readonly splitOnly: number;
    readonly citationOnly: number;
  };
  /** Of the moves. */
  readonly moved: CellTally;
}

/** Compares two policies. Throws RangeError where they do not speak about the same calls, see `wordOfOneSide`. */
export function diffPolicies(before: Policy, after: Policy): PolicyDiff {
  const word = wordOfOneSide(wordsOfPolicy(before), wordsOfPolicy(after));
  if (word !== null) throw new RangeError(`only one side has ${word}`);
  const evidence = reclassified(before.classifier, after.classifier);
  const headStartDays = compareHeadStart(before, after);
  const alternatives = [classMoves(evidence), headStartMoves(headStartDays), ...factMoves(before, after)];
  const joint = joinTables(before.agreement, after.agreement, alternatives.flat());
  const rows = changedCells(joint);
  const moves = compareMoves(joint, alternatives);
  const movedRows = moves.flatMap((move) => move.rows);
  const count = (kind: ChangeRow["kind"]): number => sumCells(rows.filter((row) => row.kind === kind));
  return {
    before,
    after,
    joint,
    rows,
    evidence,
    moves,
    headStartDays,
    verdict: judge([...rows, ...movedRows]),
    cells: {
      ...tally(rows),
      changed: sumCells(rows),
      splitOnly: count("split-only"),
      citationOnly: count("citation-only"),
    },
    moved: tally(movedRows),
  };
}

/** Every row in which a provider becomes possible that was not, the cells before the moves. */
export function rowsWithNewProviders({
  rows,
  moves,
}: Pick<PolicyDiff, "rows" | "moves">): readonly ChangeRow[] {
  return [...rows, ...moves.flatMap((move) => move.rows)].filter(({ gained }) => gained.length > 0);
}

function changedCells({ space, before, after, impossible }: JointTables): readonly ChangeRow[] {
  const cells = [...Array(space.size).keys()].filter((cell) => !impossible.has(cell));
  const compared = cells.map((cell) => ({
    cell,
    before: rulingAt(before, cell),
    after: rulingAt(after, cell),
  }));
  return changeRows(space, compared, impossible);
}

function judge(rows: readonly ChangeRow[]): DiffVerdict {
  const gains = rows.some(({ gained }) => gained.length > 0);
  const loses = rows.some(({ lost }) => lost.length > 0);
  if (gains) return loses ? "INCOMPARABLE" : "LOOSER";
  return loses ? "TIGHTER" : "EQUIVALENT";
}

function tally(rows: readonly ChangeRow[]): CellTally {
  return {
    gaining: sumCells(rows.filter(({ gained }) => gained.length > 0)),
    losing: sumCells(rows.filter(({ lost }) => lost.length > 0)),
  };
}

function sumCells(rows: readonly ChangeRow[]): number {
  return rows.reduce((sum, { cellCount }) => sum + cellCount, 0);
}
