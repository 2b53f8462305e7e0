/** The log: one JSON object per line, credentials redacted whoever writes. */

import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";

const CREDENTIAL_HEADERS = [
  "authorization",
  "api-key",
  "x-api-key",
  "cookie",
  "set-cookie",
  "x-amz-security-token",
];

/** Paths at which a credential could stand in a logged object. */
const REDACTED_PATHS = ["", "headers", "req.headers", "res.headers"].flatMap((parent) =>
  CREDENTIAL_HEADERS.map((header) => `${parent}["${header}"]`),
);

export interface LoggerOptions {
  readonly level: "silent" | "error" | "warn" | "info" | "debug";
  readonly version: string;
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

/** Makes the logger that the gateway passes around: ISO time, level as a word, the service and its version on each line. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: { service: "clauseway", version: options.version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED_PATHS, censor: "[redacted]" },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
