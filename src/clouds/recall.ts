/**
 * How a mock answer shows that it knows the earlier turns. The rule, whole:
 * - the last user message holds "what did i say first": the answer opens by quoting the first user message that is kept;
 * - it holds "what is my name" and an earlier user message holds "my name is NAME": the answer opens with that name.
 * Any other question is answered with prose alone.
 */

const QUOTED_CHARACTERS = 200;

/**
 * The opening sentence; null when no rule applies. `earlier` gives the user messages before the question, oldest first, and is
 * only asked when a rule applies.
 */
export function recall(question: string, earlier: () => readonly string[]): string | null {
  if (/what did i say first/i.test(question)) return quoteFirst(earlier());
  if (/what(?:'s| is) my name/i.test(question)) return tellName(earlier());
  return null;
}

function quoteFirst(earlier: readonly string[]): string {
  const first = earlier[0];
  return first === undefined ? "You have said nothing before this." : `You first said: "${shorten(first)}".`;
}

function tellName(earlier: readonly string[]): string {
  for (const text of earlier.toReversed()) {
    const name = /\bmy name is ([\p{L}\p{N}_-]{1,64})/iu.exec(text)?.[1];
    if (name !== undefined) return `Your name is ${name}.`;
  }
  return "You have not told me your name.";
}

function shorten(text: string): string {
  const characters = Array.from(text.slice(0, 2 * QUOTED_CHARACTERS))
    .slice(0, QUOTED_CHARACTERS)
    .join("");
  return characters.length < text.length ? `${characters}…` : characters;
}
