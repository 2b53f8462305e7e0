/** `clauseway explain`: why a call is decided as it is, by the code that serves, and what would change the answer. */

import { readFileSync, statSync } from "node:fs";
import { readPolicy } from "../app/configuration-files.ts";
import { readCredentials } from "../app/credentials.ts";
import { buildConfiguration, type Configuration } from "../app/load-world.ts";
import { namedTerms, readSettings, UsageError, type Settings } from "../app/settings.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import { explain as explainCall } from "../policy/explain/explain.ts";
import type { Subject } from "../policy/explain/subject.ts";
import type { PolicySources } from "../policy/policy-sources.ts";
import { asRecorded, type AsRecorded } from "./explain/as-recorded.ts";
import { callFromFacts } from "./explain/from-facts.ts";
import { compareWithRecord, readLoggedCall, subjectOfLogged } from "./explain/from-ledger.ts";
import { callFromRequest } from "./explain/from-request.ts";
import { readArguments } from "./explain/read-arguments.ts";
import type { ExplainReport, Terms } from "./explain/report.ts";
import { openStateDirectory } from "./explain/state-directory.ts";
import { tellFindings } from "./tell-findings.ts";
import { explanationJson } from "./text/explanation-json.ts";
import { formatExplanation } from "./text/explanation.ts";

export interface ExplainFlags {
  readonly config?: string;
  readonly data?: string;
  readonly ledger?: string;
  readonly date?: string;
  readonly regime?: string;
  readonly reading?: string;
  readonly shares?: string;
  readonly request?: string;
  readonly as?: string;
  readonly operation?: string;
  readonly heldBy?: string;
  readonly json?: boolean;
}

const OWN_OPTIONS = [
  "config",
  "data",
  "ledger",
  "date",
  "regime",
  "reading",
  "shares",
  "request",
  "as",
  "operation",
  "held-by",
  "json",
].map((name) => `--${name}`);
/** A body may be 4 MiB, see DEFAULT_LIMITS; a larger one is read all the same, to be refused as the gateway would. */
const MAX_FILE_BYTES = 64 * 1_048_576;

/**
 * `args` are those that are no option of the command: a file, and facts as `--AXIS VALUE`. Resolves with the exit code 0, also for
 * a policy with findings: what it denies is explained.
 */
export async function explain(args: readonly string[], flags: ExplainFlags): Promise<number> {
  const given = readSettings(definedOf(flags), process.env);
  const read = readPolicy(given.configDir, given.shares);
  const { file, facts } = readArguments(args, read.vocabulary.value.axes, OWN_OPTIONS);
  checkMode(flags, { file, facts: Object.keys(facts) });
  const record = await takeRecord(given, read, flags);
  const { settings: wanted, sources } = record ?? { settings: given, sources: read };
  const settings = narrow(wanted, sources, flags.regime);
  const configuration = buildConfiguration(settings, sources);
  tellFindings(configuration.findings);
  const report = await makeReport({ configuration, sources, settings, flags, record, file, facts });
  process.stdout.write(
    flags.json === true ? explanationJson(report) : formatExplanation(report, process.cwd()),
  );
  return 0;
}

function definedOf({
  config,
  data,
  ledger,
  date,
  reading,
  shares,
}: ExplainFlags): Parameters<typeof readSettings>[0] {
  const entries = Object.entries({ config, data, ledger, date, reading, shares }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(entries);
}

function checkMode(
  { request, operation, as, heldBy }: ExplainFlags,
  { file, facts }: { readonly file: string | null; readonly facts: readonly string[] },
): void {
  const modes = [
    ...(request === undefined ? [] : ["--request"]),
    ...(file === null ? [] : [`the file \`${file}\``]),
    ...(facts.length === 0 ? [] : [`--${facts[0] ?? ""}`]),
  ];
  if (modes.length > 1) {
    throw new UsageError(`${modes.join(" and ")} name different calls: explain one at a time`);
  }
  const forRequests = { "--operation": operation, "--as": as, "--held-by": heldBy };
  const stray = Object.entries(forRequests).find(([, value]) => value !== undefined)?.[0];
  if (file === null && stray !== undefined)
    throw new UsageError(`${stray} belongs to a saved request: name its file`);
}

/** The call of the ledger that is asked about; null where none is. */
async function takeRecord(
  settings: Settings,
  sources: PolicySources,
  flags: ExplainFlags,
): Promise<AsRecorded | null> {
  if (flags.request === undefined) return null;
  const logged = await readLoggedCall(settings, flags.request);
  return asRecorded(logged, { settings, sources, named: namedTerms(definedOf(flags), process.env) });
}

/** A regime is in force on the contract date, or else is looked at on its first day. */
function narrow(settings: Settings, { agreements }: PolicySources, regime: string | undefined): Settings {
  if (regime === undefined) return settings;
  const found = agreements.find((each) => each.regime === regime);
  if (found === undefined) {
    const ids = agreements.map((each) => each.regime);
    throw new UsageError(`unknown regime \`${regime}\`${didYouMean(regime, ids)}`);
  }
  const { from, to } = found.effective;
  const inForce = from <= settings.contractDate && (to === null || settings.contractDate < to);
  return inForce ? settings : { ...settings, contractDate: from };
}

interface Asked {
  readonly configuration: Configuration;
  readonly sources: PolicySources;
  readonly settings: Settings;
  readonly flags: ExplainFlags;
  readonly record: AsRecorded | null;
  readonly file: string | null;
  readonly facts: Readonly<Record<string, string>>;
}

async function makeReport({
  configuration,
  sources,
  settings,
  flags,
  record,
  file,
  facts,
}: Asked): Promise<ExplainReport> {
  const { world } = configuration;
  const terms = termsOf(configuration);
  const explained = (subject: Subject | null): ExplainReport["explanation"] =>
    subject === null ? null : explainCall(world, sources, subject, world.contractDate);
  if (record !== null) {
    const { logged, terms: under } = record;
    const { subject, byDefault } = subjectOfLogged(world, logged);
    const explanation = explained(subject);
    const comparison = compareWithRecord(world, logged, explanation);
    return { terms, call: { kind: "recorded", logged, under, byDefault, comparison }, explanation };
  }
  if (file !== null) {
    const { call, subject } = await callFromRequest(configuration, {
      bytes: readInput(file),
      operation: flags.operation ?? null,
      as: flags.as ?? null,
      heldBy: flags.heldBy ?? null,
      directory: openStateDirectory(settings),
      credentials: readCredentials(process.env),
    });
    return { terms, call, explanation: explained(subject) };
  }
  const { call, subject } = callFromFacts(world, facts);
  return { terms, call, explanation: explained(subject) };
}

function termsOf({ world }: Configuration): Terms {
  const { id, regime, version, effective, readingId, providers } = world.agreement;
  return {
    agreement: id,
    regime,
    version,
    effective,
    reading: readingId,
    shares: world.agreement.source.shares?.id ?? null,
    contractDate: world.contractDate,
    digest: world.digest,
    providers,
  };
}

function readInput(file: string): Buffer {
  try {
    if (file === "-") return readFileSync(0);
    if (statSync(file).size <= MAX_FILE_BYTES) return readFileSync(file);
  } catch {
    throw new UsageError(
      `cannot read ${file === "-" ? "standard input" : file}; name a file that holds a request`,
    );
  }
  throw new UsageError(`${file} is larger than 64 MiB, which no request here may be`);
}
