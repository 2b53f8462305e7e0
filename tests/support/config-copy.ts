/** A configuration folder that a test may change: a copy of the shipped one. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SHIPPED = fileURLToPath(new URL("../../config", import.meta.url));

export interface ConfigCopy {
  readonly folder: string;
  /** Replaces the one place in `file` that holds `before`; throws when there is none. */
  edit(file: string, before: string, after: string): void;
  /** Replaces or adds a file. */
  write(file: string, content: string | Uint8Array): void;
  /** The first place in `file` that holds `part`, as messages name it: `path:line:column`. */
  placeOf(file: string, part: string): string;
  removeFolder(name: string): void;
  /** Puts a file back as it is shipped. */
  restore(file: string): void;
  remove(): void;
}

export function copyConfig(): ConfigCopy {
  const folder = mkdtempSync(join(tmpdir(), "clauseway-config-"));
  cpSync(SHIPPED, folder, { recursive: true });
  return {
    folder,
    edit: (file, before, after) => {
      const text = readFileSync(join(folder, file), "utf8");
      if (!text.includes(before)) throw new Error(`${file} does not hold \`${before}\``);
      writeFileSync(join(folder, file), text.replace(before, after));
    },
    write: (file, content) => writeFileSync(join(folder, file), content),
    placeOf: (file, part) => {
      const text = readFileSync(join(folder, file), "utf8");
      const at = text.indexOf(part);
      if (at < 0) throw new Error(`${file} does not hold \`${part}\``);
      const before = text.slice(0, at).split("\n");
      return `${join(folder, file)}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    },
    removeFolder: (name) => rmSync(join(folder, name), { recursive: true }),
    restore: (file) => cpSync(join(SHIPPED, file), join(folder, file)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Under this reading every `/v1/responses` call is a session, so a first turn leaves Azure for AWS. The caller picks the endpoint,
 * so the reading has to accept that.
 */
export function chooseFamily(config: ConfigCopy): void {
  config.edit("readings/default.yaml", "choose: dependence", "choose: family");
  config.edit(
    "readings/default.yaml",
    "accepted_widenings:\n",
    "accepted_widenings:\n  - { id: api, reason: by this choice the endpoint is what makes a session }\n",
  );
}
