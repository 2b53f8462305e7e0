/** Starts several roles in one process, each told where those before it listen. */

import { checkPorts } from "./listen-errors.ts";
import { loadConfiguration } from "./load-world.ts";
import { portVariable, UsageError, type PortName, type Role, type Settings } from "./settings.ts";
import { startRole, type RunningRole } from "./start-role.ts";

/**
 * Starts the roles in their order. Rejects with what stopped one of them, after closing those before it; with UsageError when
 * ports are in use, or when a role needs the address of one whose port is free to choose and that does not run before it.
 */
export async function startRoles(roles: readonly Role[], given: Settings): Promise<readonly RunningRole[]> {
  assertAddressesKnown(roles, given);
  const configuration = loadConfiguration(given);
  await checkPorts(
    given,
    roles.flatMap((role): PortName[] => (role === "gateway" ? [role, "admin"] : [role])),
  );
  const running: RunningRole[] = [];
  let settings = given;
  try {
    for (const role of roles) {
      // Where the clouds are is part of the configuration, and of interest to the gateway alone.
      const moved = role === "gateway" && settings !== given;
      const started = await startRole(role, settings, moved ? loadConfiguration(settings) : configuration);
      running.push(started);
      settings = withAddresses(settings, started);
    }
    return running;
  } catch (error) {
    for (const role of running) await role.close(0);
    throw error;
  }
}

/** A role that others call: the gateway calls the clouds, the partners the gateway. */
type CalledRole = keyof Settings["urls"];

const CALLED = {
  gateway: ["azure", "aws", "stargate"],
  azure: [],
  aws: [],
  stargate: [],
  amazon: ["gateway"],
  direct: ["gateway"],
  "first-party": ["gateway"],
} as const satisfies Readonly<Record<Role, readonly CalledRole[]>>;

function assertAddressesKnown(roles: readonly Role[], settings: Settings): void {
  const problems = roles.flatMap((role, place) =>
    CALLED[role]
      .filter((called: CalledRole) => isPickedAtStart(called, settings))
      // Without the clouds of this process, the addresses in providers.yaml hold.
      .filter((called) => called === "gateway" || roles.includes(called))
      .filter((called) => !roles.slice(0, place).includes(called))
      .map((called) => wordUnknown(role, called, roles)),
  );
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
}

function wordUnknown(role: Role, called: CalledRole, roles: readonly Role[]): string {
  const order = roles.includes(called) ? `name \`${called}\` before \`${role}\`, or ` : "";
  return (
    `${portVariable(called)} is 0, so \`${role}\` cannot know where ${called} will listen: ` +
    `${order}give a port, or set ${urlVariable(called)}`
  );
}

/** Its port is not known before it listens, and no URL says where it is. */
function isPickedAtStart(role: CalledRole, { ports, urls }: Settings): boolean {
  return ports[role] === 0 && urls[role] === null;
}

function urlVariable(role: CalledRole): string {
  return `CLAUSEWAY_${role.toUpperCase()}_URL`;
}

/** With the addresses that a role picked, where nothing else says them. */
function withAddresses(settings: Settings, { urls }: RunningRole): Settings {
  const names = (["gateway", "azure", "aws", "stargate"] as const).filter((name) =>
    isPickedAtStart(name, settings),
  );
  const found = names.flatMap((name) => (urls[name] === undefined ? [] : [[name, urls[name]] as const]));
  if (found.length === 0) return settings;
  return Object.freeze({ ...settings, urls: { ...settings.urls, ...Object.fromEntries(found) } });
}
