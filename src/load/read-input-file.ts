/** Reads the files a user names for a load run. */

import { readFile } from "node:fs/promises";
import { whyUnreadable } from "../config/why-unreadable.ts";
import { LoadInputError } from "./load-input-error.ts";

/**
 * The text of `file`. Throws LoadInputError, saying what it should have been (`kind`, `mend`), when the file is missing,
 * unreadable, no UTF-8 text or empty.
 */
export async function readInputFile(file: string, kind: string, mend: string): Promise<string> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw new LoadInputError(`cannot read the ${kind} \`${file}\`: ${whyUnreadable(error)}; ${mend}`, {
      cause: error,
    });
  }
  if (text.trim() === "") throw new LoadInputError(`the ${kind} \`${file}\` is empty: ${mend}`);
  return text;
}
