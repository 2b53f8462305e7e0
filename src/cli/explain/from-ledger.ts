/** A call that is given by its request id: what the ledger recorded of it, and how that compares with the policy in hand. */

import { ledgerName, openLedgerReader } from "../../app/open-ledger.ts";
import { UsageError, type Settings } from "../../app/settings.ts";
import type { LoggedCall, LoggedRow } from "../../ledger/logged-call.ts";
import type { World } from "../../pipeline/world.ts";
import type { Explanation } from "../../policy/explain/explain.ts";
import { factsOfDay, type Subject } from "../../policy/explain/subject.ts";
import type { Comparison } from "./report.ts";

/** Rejects with UsageError for a request id that the ledger does not have, LedgerError for a ledger that cannot be read. */
export async function readLoggedCall(settings: Settings, requestId: string): Promise<LoggedCall> {
  const reader = await openLedgerReader(settings);
  try {
    const logged = await reader.findCall(requestId);
    if (logged !== null) return logged;
    throw new UsageError(
      `no call \`${requestId}\` in ${ledgerName(settings)}: a call that was refused has no row there, see the log for it`,
    );
  } finally {
    await reader.close();
  }
}

/**
 * The recorded call as something to decide anew on the contract date; axes that came later have their default. Null for a call from before facts
 * were recorded.
 */
export function subjectOfLogged(
  world: World,
  { answer }: LoggedCall,
): { readonly subject: Subject | null; readonly byDefault: readonly string[] } {
  if (Object.keys(answer.facts).length === 0) return { subject: null, byDefault: [] };
  const later = world.agreement.axes.filter(({ name }) => answer.facts[name] === undefined);
  const defaults = Object.fromEntries(later.map(({ name, defaultValue }) => [name, defaultValue]));
  const model = answer.model === null ? undefined : world.models.get(answer.model);
  return {
    subject: {
      facts: { ...defaults, ...answer.facts },
      evidence: Object.keys(answer.evidence).length === 0 ? null : answer.evidence,
      datedFacts: factsOfDay(world.facts, {
        date: world.contractDate,
        ...(model === undefined ? {} : { launched: model.launched }),
      }),
    },
    byDefault: later.map(({ name }) => name),
  };
}

/** What would be decided otherwise today; `explanation` is null where too little was recorded. */
export function compareWithRecord(
  { digest }: World,
  { answer }: LoggedCall,
  explanation: Explanation | null,
): Comparison {
  const sameDigest = answer.digest === digest;
  if (explanation === null) return { sameDigest, sameDecision: null, differences: [] };
  const differences = findDifferences(answer, explanation);
  return { sameDigest, sameDecision: differences.length === 0, differences };
}

function findDifferences(
  { workload, clauses, provider }: LoggedRow,
  { facts, ruling }: Explanation,
): readonly string[] {
  if (ruling.kind === "denied") return [`it would be denied: ${ruling.message}`];
  const now = facts["workload"] ?? "";
  const differences: string[] = [];
  if (now !== workload) differences.push(`its class would be ${now} instead of ${workload}`);
  if (clauses.join(" ") !== ruling.clauses.join(" ")) {
    differences.push(`it would cite ${ruling.clauses.join(", ")} instead of ${clauses.join(", ")}`);
  }
  if (!ruling.providers.includes(provider)) differences.push(`${provider} could not serve it`);
  return differences;
}
