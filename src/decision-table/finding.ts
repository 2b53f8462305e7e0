/** Makes findings: fills in what the kind of finding already says. */

import { coverWithCubes, type Cover } from "./cubes.ts";
import { FINDING_KINDS, type Finding, type FindingCode } from "./findings.ts";
import { weightOf, type Space } from "./space.ts";

type Path = readonly (string | number)[];

/** A document with positions: an agreement, the properties, the classification. */
interface FindingSource {
  readonly file: string;
  locate(path: Path): { readonly file?: string; readonly line: number; readonly column: number };
  locateKey(path: Path): { readonly file?: string; readonly line: number; readonly column: number };
}

/** Merged cells of a space, some of which may be impossible and so do not matter. */
export interface CellsFound {
  readonly table: { readonly reduced: { readonly space: Space }; readonly impossible: ReadonlySet<number> };
  readonly cells: readonly number[];
}

interface FindingDetails {
  readonly code: FindingCode;
  readonly subject: string;
  readonly message: string;
  /** The value at the end of the path, or with `key` the key there. */
  readonly at: { readonly source: FindingSource; readonly path: Path; readonly key?: boolean };
  readonly tables: readonly string[];
  readonly cells?: CellsFound;
  /** Instead of what the kind advises. */
  readonly remedy?: string | null;
}

const NO_CELLS: { readonly cover: Cover; readonly cellCount: number } = {
  cover: { cubes: [], cellsLeft: 0 },
  cellCount: 0,
};

/** Returns the finding with what its code says of its kind, its place in the file, and its cells as cubes. */
export function finding(details: FindingDetails): Finding {
  const { code, subject, message, at, tables, cells } = details;
  const { severity, remedy } = FINDING_KINDS[code];
  return {
    code,
    severity,
    // A place in another file names it.
    file: at.source.file,
    ...(at.key === true ? at.source.locateKey(at.path) : at.source.locate(at.path)),
    subject,
    message,
    remedy: details.remedy ?? remedy,
    ...(cells === undefined ? NO_CELLS : showCells(cells)),
    tables,
    accepted: null,
  };
}

/** Merged cells as cubes, and how many cells of the full space they stand for. */
export function showCells({ table, cells }: CellsFound): {
  readonly cover: Cover;
  readonly cellCount: number;
} {
  const { space } = table.reduced;
  return {
    cover: coverWithCubes(space, cells, { mayHold: table.impossible }),
    cellCount: cells.reduce((sum, cell) => sum + weightOf(space, cell), 0),
  };
}

/** Marks the findings that are accepted, each with the reason given for its code and subject. */
export function accept(
  findings: readonly Finding[],
  acceptances: readonly { readonly code: FindingCode; readonly subject: string; readonly because: string }[],
): readonly Finding[] {
  return findings.map((each) => {
    const found = acceptances.find(({ code, subject }) => code === each.code && subject === each.subject);
    return found === undefined ? each : { ...each, accepted: found.because };
  });
}
