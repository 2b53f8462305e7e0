/** Ports that cannot be had, told all at once instead of one by one. */

import { createServer } from "node:net";
import { once } from "node:events";
import { portVariable, UsageError, type PortName, type Settings } from "./settings.ts";

/** Tries every fixed port; throws UsageError that names each one in use and how to choose another. */
export async function checkPorts(settings: Settings, names: readonly PortName[]): Promise<void> {
  const fixed = names.filter((name) => settings.ports[name] !== 0);
  const problems: string[] = [];
  for (const name of fixed) {
    const problem = await tryPort(settings.host, settings.ports[name]);
    if (problem !== null) {
      problems.push(
        `port ${settings.ports[name]} for ${name} ${problem}: free it or set ${portVariable(name)}`,
      );
    }
  }
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
}

async function tryPort(host: string, port: number): Promise<string | null> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return code === "EADDRINUSE" ? "is in use" : `cannot be had (${code})`;
  }
}
