/**
 * A second opinion: answers one call straight from the document, provider by provider, with no table, no bits and none of the
 * compiler's code. Slow and plain on purpose.
 */

type Facts = Readonly<Record<string, string>>;
type Selector = string | readonly string[] | { readonly not: readonly string[] };

interface PlainClause {
  readonly id: string;
  readonly modality: string;
  readonly when: Readonly<Record<string, Selector>>;
  readonly then?: unknown;
  readonly overrides?: readonly string[];
  readonly "only-if"?: Readonly<Record<string, Selector>>;
}

export interface PlainDocument {
  readonly axes: Readonly<Record<string, { readonly values: Readonly<Record<string, string>> }>>;
  readonly providers: readonly string[];
  readonly infeasible: readonly { readonly when: Readonly<Record<string, Selector>> }[];
  readonly clauses: readonly PlainClause[];
}

export type Answer =
  | {
      readonly kind: "allowed";
      readonly providers: readonly string[];
      readonly sharePpm: Readonly<Record<string, number>>;
    }
  | { readonly kind: "denied"; readonly reason: "gap" | "conflict" | "infeasible" };

export function interpret(document: PlainDocument, choices: Facts, facts: Facts): Answer {
  if (document.infeasible.some((entry) => holds(entry.when, facts))) {
    return { kind: "denied", reason: "infeasible" };
  }
  const firing = document.clauses.filter(
    (clause) => holds(clause.when, facts) && holds(clause["only-if"] ?? {}, choices),
  );
  const beaten = (clause: PlainClause) => firing.some((other) => other.overrides?.includes(clause.id));
  const live = firing.filter((clause) => !beaten(clause));
  const beatenOnlyByPermission = (clause: PlainClause) => {
    const winners = live.filter((other) => other.overrides?.includes(clause.id));
    return winners.length > 0 && winners.every((winner) => winner.modality === "permission");
  };
  const granted = (clause: PlainClause, provider: string) =>
    live.some(
      (other) =>
        other.modality === "permission" && other.overrides?.includes(clause.id) && names(other, provider),
    );
  const standing = firing.filter((clause) => live.includes(clause) || beatenOnlyByPermission(clause));
  const obligations = standing.filter((clause) => clause.modality === "obligation");
  const prohibitions = standing.filter((clause) => clause.modality === "prohibition");
  const permissions = live.filter((clause) => clause.modality === "permission");

  if (obligations.length === 0 && permissions.length === 0) return { kind: "denied", reason: "gap" };
  const providers = document.providers.filter((provider) => {
    if (prohibitions.some((clause) => names(clause, provider) && !granted(clause, provider))) return false;
    if (obligations.length === 0) return permissions.some((clause) => names(clause, provider));
    return obligations.every((clause) => names(clause, provider) || granted(clause, provider));
  });
  if (providers.length === 0) return { kind: "denied", reason: "conflict" };

  const splits = live.filter((clause) => clause.modality === "remuneration").map(sharesOf);
  const [split] = splits;
  if (split === undefined) return { kind: "denied", reason: "gap" };
  if (new Set(splits.map(sameText)).size > 1) return { kind: "denied", reason: "conflict" };
  return { kind: "allowed", providers: providers.toSorted(), sharePpm: split };
}

/** Every combination of one value per axis. */
export function everyCell({ axes }: Pick<PlainDocument, "axes">): readonly Facts[] {
  return Object.entries(axes).reduce<readonly Facts[]>(
    (cells, [axis, { values }]) =>
      cells.flatMap((cell) => Object.keys(values).map((value) => ({ ...cell, [axis]: value }))),
    [{}],
  );
}

function holds(condition: Readonly<Record<string, Selector>>, facts: Facts): boolean {
  return Object.entries(condition).every(([axis, selector]) => {
    const value = facts[axis] ?? "";
    if (typeof selector === "string") return selector === "any" || selector === value;
    return "not" in selector ? !selector.not.includes(value) : selector.includes(value);
  });
}

function names(clause: PlainClause, provider: string): boolean {
  const { in: named } = (clause.then as { provider: { in: "any" | readonly string[] } }).provider;
  return named === "any" || named.includes(provider);
}

/** A party that has nothing is as good as not named. */
function sharesOf(clause: PlainClause): Readonly<Record<string, number>> {
  const { share_ppm: shares } = clause.then as { share_ppm: Readonly<Record<string, number>> };
  return Object.fromEntries(Object.entries(shares).filter(([, share]) => share > 0));
}

function sameText(shares: Readonly<Record<string, number>>): string {
  return Object.entries(shares)
    .map(([party, share]) => `${party}:${share}`)
    .toSorted()
    .join(" ");
}
