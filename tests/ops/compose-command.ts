/** Which Compose is installed: V2 is a plugin of docker, V1 (and Debian's V2) a command of its own. */

import { spawnSync } from "node:child_process";

/** The command and its first arguments, V2 preferred; null when neither answers. */
export function findCompose(): readonly [string, ...string[]] | null {
  if (spawnSync("docker", ["compose", "version"], { timeout: 15_000 }).status === 0)
    return ["docker", "compose"];
  if (spawnSync("docker-compose", ["version"], { timeout: 15_000 }).status === 0) return ["docker-compose"];
  return null;
}
