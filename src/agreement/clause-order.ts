/** Orders clause ids as a reader expects: C2 before C10, C1 before C1-batch. */
export function compareClauseIds(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  if (left.letter !== right.letter) return left.letter < right.letter ? -1 : 1;
  if (left.number !== right.number) return left.number - right.number;
  if (left.suffix === right.suffix) return 0;
  return left.suffix < right.suffix ? -1 : 1;
}

function parts(id: string): { letter: string; number: number; suffix: string } {
  const number = Number.parseInt(id.slice(1), 10);
  return { letter: id.slice(0, 1), number, suffix: id.slice(1 + String(number).length) };
}
