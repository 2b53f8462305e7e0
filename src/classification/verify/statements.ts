/** CT008 and CT009: properties and examples of the classification that fail, or say nothing. */

import { countsUnder } from "../../agreement/bind.ts";
import { KNOB_IDS, type Choices, type KnobId } from "../../agreement/knobs.ts";
import { finding } from "../../decision-table/finding.ts";
import type { Finding } from "../../decision-table/findings.ts";
import { scopeOf } from "../../decision-table/scope.ts";
import { cellHolding, cellsWithin } from "../../decision-table/space.ts";
import type { ClassificationDocument } from "../parse.ts";
import type { ClassRuling } from "../rule.ts";
import type { ClassificationExample, ClassificationProperty } from "../schema.ts";
import type { CheckedClassifier } from "./verify.ts";

/** Every property and example in every table that its readings name. */
export function checkStatements(
  document: ClassificationDocument,
  tables: readonly CheckedClassifier[],
): readonly Finding[] {
  const { properties, examples } = document.value;
  return [
    ...properties.flatMap((property, index) =>
      checkEach(document, property, { path: ["properties", index], tables, ask: askProperty }),
    ),
    ...examples.flatMap((example, index) =>
      checkEach(document, example, { path: ["examples", index], tables, ask: askExample }),
    ),
  ];
}

/** Properties and examples whose readings are none of those of the tables: they say nothing. */
export function findUnasked(
  document: ClassificationDocument,
  tables: readonly CheckedClassifier[],
): readonly Finding[] {
  return (["properties", "examples"] as const).flatMap((list) =>
    document.value[list].flatMap((statement, index) => {
      if (concernedBy(statement, tables).length > 0) return [];
      return [
        finding({
          code: "CT009",
          subject: statement.id,
          message: `${statement.id} concerns no reading that is loaded`,
          at: { source: document, path: [list, index] },
          tables: tables.map(({ name }) => name),
        }),
      ];
    }),
  );
}

type Answer = "holds" | "vacuous" | { readonly cells: readonly number[]; readonly how: string };

function checkEach<T extends ClassificationProperty | ClassificationExample>(
  document: ClassificationDocument,
  statement: T,
  {
    path,
    tables,
    ask,
  }: {
    readonly path: readonly (string | number)[];
    readonly tables: readonly CheckedClassifier[];
    readonly ask: (statement: T, table: CheckedClassifier) => Answer;
  },
): readonly Finding[] {
  const common = { subject: statement.id, at: { source: document, path } };
  return concernedBy(statement, tables).flatMap((table) => {
    const answer = ask(statement, table);
    if (answer === "holds") return [];
    if (answer === "vacuous") {
      const message = `${statement.id} meets no cell: "${statement.text}"`;
      return [finding({ ...common, code: "CT009", message, tables: [table.name] })];
    }
    const message = `${statement.id} "${statement.text}" fails: ${answer.how}`;
    return [
      finding({ ...common, code: "CT008", message, tables: [table.name], cells: { table, ...answer } }),
    ];
  });
}

function concernedBy(
  { readings }: ClassificationProperty | ClassificationExample,
  tables: readonly CheckedClassifier[],
): readonly CheckedClassifier[] {
  return tables.filter(({ classifier }) => countsUnder(readings, allChoices(classifier.choices)));
}

/** Knobs that the classification does not ask about have no choice here, which no selector names. */
function allChoices(choices: Readonly<Record<string, string>>): Choices {
  return Object.fromEntries(KNOB_IDS.map((id) => [id, choices[id] ?? ""])) as Record<KnobId, string>;
}

function askProperty(property: ClassificationProperty, table: CheckedClassifier): Answer {
  const condition = "forall" in property ? property.forall : property.exists;
  const scope = scopeOf(condition, table.classifier.axes);
  const cells = cellsWithin(table.reduced.space, scope).filter((cell) => !table.impossible.has(cell));
  if (cells.length === 0) return "vacuous";
  const right = new Set([property.then.workload].flat());
  const failing = cells.filter((cell) => {
    const ruling = rulingAt(table, cell);
    return ruling.kind === "denied" || !right.has(ruling.workload);
  });
  const holds = "forall" in property ? failing.length === 0 : failing.length < cells.length;
  return holds ? "holds" : { cells: failing, how: wordRuling(rulingAt(table, failing[0] ?? 0)) };
}

function askExample(example: ClassificationExample, table: CheckedClassifier): Answer {
  const ordinary = table.classifier.axes.map(({ name, defaultValue }) => [name, defaultValue] as const);
  const cell = cellHolding(table.reduced.space, { ...Object.fromEntries(ordinary), ...example.given });
  const ruling = rulingAt(table, cell);
  const { workload, widening = null, rules } = example.expect;
  const holds =
    ruling.kind === "classified" &&
    ruling.workload === workload &&
    ruling.widening === widening &&
    (rules === undefined || rules.toSorted().join() === ruling.rules.toSorted().join());
  return holds ? "holds" : { cells: [cell], how: wordRuling(ruling) };
}

function rulingAt({ reduced }: CheckedClassifier, cell: number): ClassRuling {
  const ruling = reduced.outcomes[reduced.cells[cell] ?? -1];
  if (ruling === undefined) throw new RangeError(`the space has no cell ${cell}`);
  return ruling;
}

function wordRuling(ruling: ClassRuling): string {
  if (ruling.kind === "denied") return `denied, ${ruling.reason}: ${ruling.message}`;
  const widening = ruling.widening === null ? "" : `, widened by ${ruling.widening}`;
  return `is ${ruling.workload} by ${ruling.rules.join(", ")}${widening}`;
}
