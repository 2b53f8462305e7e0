/** Reads the files a user names for a load run. */

import { readFile } from "node:fs/promises";
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
    throw new LoadInputError(`cannot read the ${kind} \`${file}\`: ${reasonOf(error)}; ${mend}`, {
      cause: error,
    });
  }
  if (text.trim() === "") throw new LoadInputError(`the ${kind} \`${file}\` is empty: ${mend}`);
  return text;
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EISDIR":
      return "it is a folder";
    case "EACCES":
    case "EPERM":
      return "access is denied";
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return "it is no UTF-8 text";
    default:
      return code ?? String(error);
  }
}
