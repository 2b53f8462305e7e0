/** The environment, read in one place: flags before variables before defaults, checked, frozen. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROLES = ["azure", "aws", "stargate", "gateway", "amazon", "direct", "first-party"] as const;
export type Role = (typeof ROLES)[number];

const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** Every listener; the gateway has two. */
export type PortName = Role | "admin";
export type Ports = Readonly<Record<PortName, number>>;

/** Where each role listens unless a variable says otherwise. */
export const DEFAULT_PORTS: Ports = {
  gateway: 8080,
  admin: 8081,
  amazon: 8082,
  direct: 8083,
  "first-party": 8084,
  azure: 9001,
  aws: 9002,
  stargate: 9003,
};

export interface Settings {
  readonly host: string;
  readonly ports: Ports;
  readonly dataDir: string;
  /** URL of a Postgres ledger, which may hold a password; null: the file in the data folder. */
  readonly ledgerUrl: string | null;
  readonly configDir: string;
  /** The date the simulated world lives at, `YYYY-MM-DD`. */
  readonly contractDate: string;
  /** The id of the reading, one of `config/readings/`. */
  readonly reading: string;
  /** The id of a share preset, one of `config/shares/`; null: the money clauses of the agreement itself. */
  readonly shares: string | null;
  /** Divides every latency of the mock clouds; Infinity for none. */
  readonly speed: number;
  readonly seed: number;
  readonly logLevel: LogLevel;
  /** Where the other roles are, as a variable says; null = nowhere said. */
  readonly urls: Readonly<Record<"gateway" | "azure" | "aws" | "stargate", string | null>>;
}

/** The user's mistake in a flag or variable: one message that says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Values as a user writes them; absent ones come from the environment or the defaults. */
export interface SettingFlags {
  readonly host?: string;
  readonly data?: string;
  readonly ledger?: string;
  readonly config?: string;
  readonly date?: string;
  readonly reading?: string;
  readonly shares?: string;
  readonly speed?: string;
  readonly seed?: string;
  readonly logLevel?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Builds the settings of one process. Throws UsageError for the first value that cannot be used. */
export function readSettings(flags: SettingFlags, environment: Environment): Settings {
  const pick = (flag: string | undefined, variable: string): string | undefined =>
    flag ?? environment[variable];
  return Object.freeze({
    host: pick(flags.host, "CLAUSEWAY_HOST") ?? "127.0.0.1",
    ports: readPorts(environment),
    dataDir: pick(flags.data, "CLAUSEWAY_DATA_DIR") ?? ".clauseway",
    ledgerUrl: readLedgerUrl(flags, environment),
    configDir: pick(flags.config, "CLAUSEWAY_CONFIG") ?? packagedConfig(),
    contractDate: readDay("--date", pick(flags.date, "CLAUSEWAY_CONTRACT_DATE") ?? "2026-03-31"),
    reading: pick(flags.reading, "CLAUSEWAY_READING") ?? "default",
    shares: pick(flags.shares, "CLAUSEWAY_SHARES") || null,
    speed: readSpeed(pick(flags.speed, "CLAUSEWAY_SPEED") ?? "1"),
    seed: readInteger("seed", pick(flags.seed, "CLAUSEWAY_SEED") ?? "1"),
    logLevel: readLogLevel(pick(flags.logLevel, "CLAUSEWAY_LOG_LEVEL") ?? "info"),
    urls: {
      gateway: readUrl(environment, "CLAUSEWAY_GATEWAY_URL"),
      azure: readUrl(environment, "CLAUSEWAY_AZURE_URL"),
      aws: readUrl(environment, "CLAUSEWAY_AWS_URL"),
      stargate: readUrl(environment, "CLAUSEWAY_STARGATE_URL"),
    },
  });
}

/** What was said of the terms, by flag or by variable; where it is false, the default holds. */
export interface NamedTerms {
  readonly date: boolean;
  readonly reading: boolean;
  readonly shares: boolean;
}

/** Tells a default from the same value that somebody asked for. */
export function namedTerms({ date, reading, shares }: SettingFlags, environment: Environment): NamedTerms {
  return {
    date: (date ?? environment["CLAUSEWAY_CONTRACT_DATE"]) !== undefined,
    reading: (reading ?? environment["CLAUSEWAY_READING"]) !== undefined,
    shares: (shares ?? environment["CLAUSEWAY_SHARES"]) !== undefined,
  };
}

/** The variable that overrides a port, such as `CLAUSEWAY_FIRST_PARTY_PORT`. */
export function portVariable(name: PortName): string {
  return `CLAUSEWAY_${name.toUpperCase().replace("-", "_")}_PORT`;
}

/** A speed above 0; throws UsageError for 0, a negative number, NaN or text. */
function readSpeed(text: string): number {
  const speed = Number(text);
  if (text.trim() !== "" && speed > 0) return speed;
  throw new UsageError(
    `--speed must be a number above 0, got \`${text}\`; 1 is real time, 20 is twenty times as fast`,
  );
}

function packagedConfig(): string {
  return join(fileURLToPath(new URL("../..", import.meta.url)), "config");
}

function readPorts(environment: Environment): Ports {
  const names = Object.keys(DEFAULT_PORTS) as PortName[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      readPort(portVariable(name), environment[portVariable(name)], DEFAULT_PORTS[name]),
    ]),
  ) as Ports;
}

function readPort(variable: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === "") return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`${variable} must be a port from 0 to 65535, got \`${text}\``);
}

/** A day of the calendar as a flag gives it, `YYYY-MM-DD`. Throws UsageError for anything else, such as 2026-02-29. */
export function readDay(flag: string, text: string): string {
  if (isDay(text)) return text;
  throw new UsageError(`${flag} must be a calendar date such as 2026-03-31, got \`${text}\``);
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  return new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) ?? false;
}

function readInteger(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError(`--${name} must be an integer from 0, got \`${text}\``);
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text);
  if (level) return level;
  throw new UsageError(`--log-level must be one of ${LOG_LEVELS.join(", ")}, got \`${text}\``);
}

/** Where a flag names the folder and the variable a server, neither is taken: books in the wrong place go unnoticed. */
function readLedgerUrl({ ledger, data }: SettingFlags, environment: Environment): string | null {
  const text = ledger ?? environment["CLAUSEWAY_LEDGER_URL"];
  if (text === undefined || text === "") return null;
  if (ledger === undefined && data !== undefined) {
    throw new UsageError(
      "--data and CLAUSEWAY_LEDGER_URL both say where the ledger is: give --ledger URL to use that server, or unset CLAUSEWAY_LEDGER_URL to use the folder",
    );
  }
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text;
  // What was given is not repeated: it may hold a password.
  const given = ledger === undefined ? "CLAUSEWAY_LEDGER_URL" : "--ledger";
  throw new UsageError(`${given} must be a URL such as postgres://user@127.0.0.1:5432/database`);
}

function readUrl(environment: Environment, variable: string): string | null {
  const text = environment[variable];
  if (text === undefined || text === "") return null;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, "");
  throw new UsageError(`${variable} must be an http URL, got \`${text}\``);
}
