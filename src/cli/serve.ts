/** `clauseway serve ROLE...`: one or more roles in this process, as docker compose and `up` run them. */

import { readSettings, ROLES, UsageError, type Role, type SettingFlags } from "../app/settings.ts";
import type { RunningRole } from "../app/start-role.ts";
import { startRoles } from "../app/start-roles.ts";
import type { ChildMessage } from "../app/system.ts";
import { exitCodeOf, explainFailure } from "./failure.ts";
import { watchHangUps } from "./on-hang-up.ts";
import { untilStopped } from "./until-stopped.ts";

const GRACE_MS = 10_000;

export type ServeFlags = SettingFlags;

/** Runs the roles until Ctrl-C, SIGTERM or, in a child, the end of the parent. SIGHUP makes the gateway read its configuration again. */
export async function serve(names: readonly string[], flags: ServeFlags): Promise<void> {
  // A role that has nothing to read again ends on SIGHUP, as any program does.
  const hangUps = names.includes("gateway") ? watchHangUps() : null;
  try {
    const running = await startRoles(names.map(readRole), readSettings(flags, process.env));
    const urls: RunningRole["urls"] = Object.assign({}, ...running.map((role) => role.urls));
    if (process.send) process.send({ kind: "ready", urls } satisfies ChildMessage);
    else for (const [name, url] of Object.entries(urls)) process.stdout.write(`${name} ${url}\n`);
    hangUps?.handle(() => reloadAll(running));
    await untilStopped();
    for (const role of running.toReversed()) await role.close(GRACE_MS);
  } catch (error) {
    const message = explainFailure(error).replace(/^clauseway: /, "");
    process.send?.({ kind: "failed", message, exitCode: exitCodeOf(error) } satisfies ChildMessage);
    throw error;
  } finally {
    hangUps?.close();
    if (process.connected) process.disconnect();
  }
}

/** A parent is told what came of it; otherwise the log says it. */
function reloadAll(running: readonly RunningRole[]): void {
  for (const role of running) {
    const result = role.reload?.();
    if (result) process.send?.({ kind: "reloaded", result } satisfies ChildMessage);
  }
}

function readRole(name: string): Role {
  const role = ROLES.find((one) => one === name);
  if (role) return role;
  throw new UsageError(`unknown role \`${name}\`: choose from ${ROLES.join(", ")}`);
}
