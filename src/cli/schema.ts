/** `clauseway schema`: the JSON Schemas that editors check the configuration with, written beside it. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { editorSchemas } from "../app/editor-schemas.ts";
import { readSettings, UsageError } from "../app/settings.ts";

export interface SchemaFlags {
  readonly config?: string;
}

/**
 * Writes `schemas/*.schema.json` of the configuration folder and lists them. Throws UsageError where that cannot be written, and
 * for a folder that is not there: a name that was mistyped is not made one.
 */
export function writeSchemas(flags: SchemaFlags): void {
  const { configDir } = readSettings(flags.config === undefined ? {} : { config: flags.config }, process.env);
  if (!existsSync(configDir)) {
    throw new UsageError(`there is no folder ${configDir}; point --config at a configuration folder`);
  }
  const folder = join(configDir, "schemas");
  for (const { name, text } of editorSchemas()) {
    const file = join(folder, name);
    write(folder, file, text);
    process.stdout.write(`${file}\n`);
  }
}

function write(folder: string, file: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`cannot write ${file}; point --config at a folder that you may write`, {
      cause: error,
    });
  }
}
