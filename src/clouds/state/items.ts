/** Items: the messages, tool calls and tool outputs that responses and conversations are made of. */

export interface Item {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** An item with the o200k tokens of its text. */
export interface CountedItem {
  readonly item: Item;
  readonly tokens: number;
}

/** The texts of an item that a model reads; empty for an item without text, such as encrypted reasoning. */
export function textsOfItem(item: Readonly<Record<string, unknown>>): string[] {
  const texts = textsOfContent(item["content"]);
  for (const field of ["arguments", "output"]) {
    const value = item[field];
    if (typeof value === "string") texts.push(value);
    else if (field === "output") texts.push(...textsOfContent(value));
  }
  return texts;
}

/** The texts of a message's content: a string, or parts that have a `text`. */
export function textsOfContent(content: unknown): string[] {
  if (typeof content === "string") return [content];
  if (!Array.isArray(content)) return [];
  const texts: string[] = [];
  for (const part of content as readonly unknown[]) {
    if (typeof part === "object" && part !== null && "text" in part && typeof part.text === "string") {
      texts.push(part.text);
    }
  }
  return texts;
}

/** The text of a user message; null for any other item. */
export function userTextOf(item: Readonly<Record<string, unknown>>): string | null {
  return item["role"] === "user" ? textsOfContent(item["content"]).join("\n") : null;
}
