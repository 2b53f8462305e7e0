/** The terms that a recorded call is explained under: those that it ran under, but for what the user asks for. */

import { readPolicy } from "../../app/configuration-files.ts";
import { policiesOf } from "../../app/policies-of-regime.ts";
import type { NamedTerms, Settings } from "../../app/settings.ts";
import type { LoggedCall, LoggedRow } from "../../ledger/logged-call.ts";
import type { PolicySources } from "../../policy/policy-sources.ts";
import type { RecordTerms } from "./report.ts";

export interface AsRecorded {
  readonly settings: Settings;
  readonly sources: PolicySources;
  readonly logged: LoggedCall;
  readonly terms: RecordTerms;
}

interface Given {
  readonly settings: Settings;
  readonly sources: PolicySources;
  readonly named: NamedTerms;
}

/**
 * The date of the call, and the reading and the share preset under which its regime has the digest of the record. What the user
 * names goes before; where no reading has the digest, the usual one is left.
 */
export function asRecorded(logged: LoggedCall, { settings, sources, named }: Given): AsRecorded {
  const own = findTerms(settings.configDir, logged.answer);
  const contractDate = named.date ? settings.contractDate : logged.answer.effectiveAt;
  const reading = named.reading || own === null ? settings.reading : own.reading;
  const shares = named.shares || own === null ? settings.shares : own.shares;
  const unknown = own === null && !named.reading;
  return {
    settings: { ...settings, contractDate, reading, shares },
    sources: shares === settings.shares ? sources : readPolicy(settings.configDir, shares),
    logged,
    terms: {
      own,
      date: named.date ? "named" : "recorded",
      reading: unknown ? "usual" : reading === own?.reading ? "recorded" : "named",
    },
  };
}

function findTerms(configDir: string, { agreement, digest }: LoggedRow): RecordTerms["own"] {
  for (const policy of policiesOf(configDir, agreement)) {
    if (policy.digest !== digest) continue;
    const { readingId, source } = policy.agreement;
    return { reading: readingId, shares: source.shares?.id ?? null };
  }
  return null;
}
