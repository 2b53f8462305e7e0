/** CT015: acceptances that match nothing that was found, and would only hide what goes wrong later. */

import type { Agreement } from "../agreement/parse.ts";
import type { Reading, ReadingFile } from "../agreement/reading.ts";
import { finding } from "../decision-table/finding.ts";
import type { Finding } from "../decision-table/findings.ts";
import type { Laundering } from "./laundering.ts";

/** `findings` are all of the regimes of these agreements; without `mutate` those on surviving mutants were not looked for. */
export function idleAcceptances(
  agreements: readonly Agreement[],
  findings: readonly Finding[],
  { mutate }: { readonly mutate: boolean },
): readonly Finding[] {
  return agreements.flatMap((agreement) => {
    // With its money clauses swapped, what the file accepts of them is about others.
    if (agreement.shares !== null) return [];
    return agreement.value.accepted.flatMap(({ code, subject }, index) => {
      const own = findings.filter(({ file }) => file === agreement.file);
      const matches = own.some((each) => each.code === code && each.subject === subject);
      if (matches || (code === "CT014" && !mutate)) return [];
      return [
        finding({
          code: "CT015",
          subject,
          message: `${code} of ${subject} is accepted, and was not found`,
          at: { source: agreement, path: ["accepted", index] },
          tables: [agreement.regime],
        }),
      ];
    });
  });
}

/** A reading with all that the caller can widen under it, whatever the regime. */
interface Widened {
  readonly reading: Reading;
  readonly rows: readonly Laundering[];
}

/** `widened` are all readings; one that extends another accepts what that one does, so an acceptance is idle where no reading needs it. */
export function idleWidenings(widened: readonly Widened[]): readonly Finding[] {
  const files = new Set(widened.flatMap(({ reading: { acceptedIn } }) => acceptedIn ?? []));
  return [...files].flatMap((file) =>
    idleIn(
      file,
      widened.filter(({ reading }) => reading.acceptedIn === file),
    ),
  );
}

function idleIn(file: ReadingFile, widened: readonly Widened[]): readonly Finding[] {
  const needed = new Set(widened.flatMap(({ rows }) => rows.map(({ axis }) => axis)));
  return (file.value.accepted_widenings ?? []).flatMap(({ id }, index) => {
    if (needed.has(id)) return [];
    return [
      finding({
        code: "CT015",
        subject: id,
        message: `\`${id}\` is accepted, and the caller widens nothing by it`,
        at: { source: file, path: ["accepted_widenings", index] },
        tables: [...new Set(widened.map(({ reading }) => reading.id))],
      }),
    ];
  });
}
