/**
 * Ends a message about an unknown word: `, did you mean \`region\`?` where one of the known words is close, else the list
 * of known words (empty when there are none). Close means one edit for short words, one per three letters for longer.
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== null) return `, did you mean \`${near}\`?`;
  return known.length === 0 ? "" : `; known: ${known.map((each) => `\`${each}\``).join(", ")}`;
}

/** The known word that is close to this one, close as above; null where none is. */
export function nearest(word: string, known: readonly string[]): string | null {
  // A pasted essay is no typing error; comparing it letter by letter would only cost time.
  if (word.length > 64) return null;
  let best: string | null = null;
  let least = EDIT * Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

const EDIT = 2;
const SWAP = 1;

/** Levenshtein distance in which swapping two neighbours, the commonest slip of the fingers, is the cheapest edit. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column * EDIT);
  for (let row = 1; row <= a.length; row++) {
    const current = [row * EDIT];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + EDIT,
        (current[column - 1] ?? 0) + EDIT,
        (previous[column - 1] ?? 0) + (same ? 0 : EDIT),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + SWAP);
      }
      current.push(cost);
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[b.length] ?? 0;
}
