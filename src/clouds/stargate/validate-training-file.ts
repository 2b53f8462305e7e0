/** Is a training file sound, and how many tokens does it hold? */

import { countAllTokens } from "../../wire/openai/tokens.ts";
import type { FileStore, StoredFile } from "../files/file-store.ts";
import { readLines } from "../files/read-lines.ts";
import { isObject } from "../http/read-body.ts";
import { textsOfContent } from "../state/items.ts";
import type { Validation } from "./model.ts";

/** Reads the whole file. Each line is a JSON object with `messages`, one of them by the assistant. */
export async function validateTrainingFile(store: FileStore, file: StoredFile): Promise<Validation> {
  let examples = 0;
  let tokens = 0;
  try {
    for await (const { number, text } of readLines(store, file)) {
      const texts = readExample(text);
      if (texts === null) {
        return {
          kind: "bad",
          line: number,
          message: `the training file \`${file.id}\` is not sound: line ${number} is not an example of chat messages that ends in an answer`,
        };
      }
      examples += 1;
      tokens += await countAllTokens(texts);
    }
  } catch {
    return { kind: "bad", line: null, message: `the training file \`${file.id}\` cannot be read` };
  }
  return examples > 0
    ? { kind: "sound", examples, tokens }
    : { kind: "bad", line: null, message: `the training file \`${file.id}\` holds no example` };
}

/** The texts of an example; null when it is none. */
function readExample(line: string): string[] | null {
  let example: unknown;
  try {
    example = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isObject(example) || !Array.isArray(example["messages"])) return null;
  const messages = example["messages"] as readonly unknown[];
  const texts: string[] = [];
  let answered = false;
  for (const message of messages) {
    if (!isObject(message) || typeof message["role"] !== "string") return null;
    answered ||= message["role"] === "assistant";
    texts.push(...textsOfContent(message["content"]));
  }
  return answered ? texts : null;
}
