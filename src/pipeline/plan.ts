/** Before the effect: what a call is, where the agreement lets it run, and where it will run. Pure. */

import { decide } from "../agreement/decide.ts";
import { headStartAt } from "../agreement/facts.ts";
import type { Verdict } from "../agreement/verdict.ts";
import { classify, type Classification } from "../classification/classify.ts";
import type { Features, StateReference } from "../classification/features.ts";
import type { Operation } from "../classification/operations.ts";
import type { CallFacts, ClauseId, Deployment } from "../domain/call.ts";
import type { Model, Partner } from "../domain/catalogue.ts";
import { refusal, type Refusal } from "../domain/refusal.ts";
import type { StateEntry } from "../domain/state.ts";
import { choose } from "../routing/choose.ts";
import type { World } from "./world.ts";

/** An id in the call together with what the state directory knows about it (null: unknown, expired or foreign). */
export interface ResolvedReference {
  readonly reference: StateReference;
  readonly entry: StateEntry | null;
}

export interface CallToPlan {
  readonly partner: Partner;
  readonly operation: Operation;
  readonly features: Features;
  readonly model: Model | null;
  /** Every id that the call names, in its path or its body. */
  readonly references: readonly ResolvedReference[];
  readonly isUp: (deployment: Deployment) => boolean;
  /** Any non-negative integer; equal calls with equal spread get equal plans. */
  readonly spread: number;
}

type AllowedVerdict = Extract<Verdict, { kind: "allowed" }>;

export interface Plan {
  readonly kind: "plan";
  /** One value per axis of the agreement; the same frozen object for all calls of one cell. */
  readonly facts: CallFacts;
  readonly classification: Classification;
  readonly verdict: AllowedVerdict;
  /** The first deciding clause. */
  readonly clause: ClauseId;
  readonly deployment: Deployment;
  /** Where a failed attempt may go instead, best first; inside the allowed set. */
  readonly alternates: readonly Deployment[];
  /** Content to move to `deployment` before the call, since state has one holder. */
  readonly handOver: readonly StateEntry[];
}

/** Kinds whose content another provider can take over. */
const MOVABLE: ReadonlySet<string> = new Set(["response", "conversation", "file"]);

/**
 * Decides one call: every reference must name state that its partner has, the agreement must allow a provider, and a
 * deployment in the allowed set must serve and be up. Anything else is a refusal that cites the clause that decided.
 */
export function plan(world: World, call: CallToPlan): Plan | Refusal {
  const identified = identify(world, call);
  if (identified.kind === "refusal") return identified;
  const { classification, facts } = identified;
  const verdict = decide(world.agreement, facts);
  if (verdict.kind === "denied") return denied(verdict);
  const clause = verdict.clauses[0] ?? "none";
  return place(world, call, { classification, facts: factsOfCell(world, verdict, facts), verdict, clause });
}

/** What a call is, before it is decided: the same for every answer that the agreement could give. */
export interface Identified {
  readonly kind: "identified";
  readonly classification: Classification;
  readonly facts: CallFacts;
}

/** Classifies a call and gathers its facts; refuses ids that name nothing, and calls that have no class. */
export function identify(world: World, call: CallToPlan): Identified | Refusal {
  const missing = firstMissing(call);
  if (missing) return missing;
  const classification = classify(world.classifier, call.operation, call.features);
  if (classification.kind === "refusal") return classification;
  return { kind: "identified", classification, facts: factsOf(world, call, classification) };
}

function firstMissing(call: CallToPlan): Refusal | null {
  // An id of another kind is no evidence either: a file's id does not continue a conversation.
  const missing = call.references.find(({ entry, reference }) => entry?.kind !== reference.kind);
  if (!missing) return null;
  const { id, kind, field } = missing.reference;
  const message =
    field === "previous_response_id"
      ? `previous response with id \`${id}\` not found`
      : `no ${kind} with id \`${id}\` found`;
  return refusal("state_not_found", message, { param: field });
}

function factsOf(world: World, call: CallToPlan, classification: Classification): CallFacts {
  return {
    ...world.worldFacts,
    ...call.partner.facts,
    workload: classification.workload,
    task: call.model?.kind === "embedding" ? "one-shot" : "generation",
    "head-start": headStartAt(world.facts, {
      launched: call.model?.launched ?? null,
      date: world.contractDate,
      choice: world.agreement.choices.A22,
    }),
    // A call that names no model (a conversation, a file) is held to the strict default: licensed IP.
    family: call.model?.family ?? "openai",
  };
}

const factsByVerdict = new WeakMap<Verdict, CallFacts>();

/** A verdict stands for one cell, and so for one value of each axis: kept once, since the ledger writes them with every call. */
function factsOfCell({ agreement }: World, verdict: Verdict, facts: CallFacts): CallFacts {
  const known = factsByVerdict.get(verdict);
  if (known) return known;
  const own = Object.freeze(Object.fromEntries(agreement.axes.map(({ name }) => [name, facts[name] ?? ""])));
  factsByVerdict.set(verdict, own);
  return own;
}

function denied(verdict: Extract<Verdict, { kind: "denied" }>): Refusal {
  return refusal(
    verdict.reason === "unclassifiable" ? "unclassifiable" : "agreement_denied",
    verdict.message,
    {
      clause: verdict.clauses[0] ?? "none",
      remedy: verdict.remedy,
    },
  );
}

type Decided = Pick<Plan, "classification" | "facts" | "verdict" | "clause">;

function place(world: World, call: CallToPlan, decided: Decided): Plan | Refusal {
  const held = heldEntries(call);
  const pinned = pinnedEntry(call);
  if (pinned && !decided.verdict.providers.includes(pinned.provider)) return heldOutside(pinned, decided);
  const choice = choose({
    allowed: decided.verdict.providers,
    preference: world.placement[decided.classification.workload],
    deployments: world.deployments,
    serves: (deployment) => serves(world, call, deployment),
    isUp: call.isUp,
    pinned: pinned ?? sameProviderRegion(world, call, decided, held),
    spread: call.spread,
  });
  if (choice.kind === "none-serves") return nobodyServes(call, decided);
  if (choice.kind === "none-up") return nobodyUp(choice.tried, decided);
  const rejected = rejectedByMode(call.partner, choice.deployment, decided);
  if (rejected) return rejected;
  const { provider, region } = choice.deployment;
  const handOver = held.filter((entry) => entry.provider !== provider || entry.region !== region);
  return {
    kind: "plan",
    ...decided,
    deployment: choice.deployment,
    // What is kept lies at one place: another would not know it.
    alternates: held.length > 0 ? [] : choice.alternates,
    handOver,
  };
}

/** What a path names is read where it lies; a container, an index or a single item cannot be moved. */
function pinnedEntry(call: CallToPlan): StateEntry | null {
  const fixed = call.references.find(
    ({ reference, entry }) => reference.via === "path" || (entry !== null && !MOVABLE.has(entry.kind)),
  );
  return fixed?.entry ?? null;
}

function heldEntries(call: CallToPlan): readonly StateEntry[] {
  return call.references.flatMap(({ entry }) => (entry ? [entry] : []));
}

/** Content that already lies with the preferred provider that is up pins the region: state is not shared between regions. */
function sameProviderRegion(
  world: World,
  call: CallToPlan,
  decided: Decided,
  held: readonly StateEntry[],
): StateEntry | null {
  const preferred = world.placement[decided.classification.workload].find(
    (provider) =>
      decided.verdict.providers.includes(provider) &&
      world.deployments.some(
        (one) => one.provider === provider && serves(world, call, one) && call.isUp(one),
      ),
  );
  return held.find((entry) => entry.provider === preferred) ?? null;
}

function serves(world: World, call: CallToPlan, deployment: Deployment): boolean {
  const provider = world.providers.get(deployment.provider);
  const family = call.operation.pattern.split("/", 2)[1] ?? "";
  if (!provider?.offers.includes(family)) return false;
  return call.model === null || deployment.provider in call.model.deployments;
}

function heldOutside(entry: StateEntry, decided: Decided): Refusal {
  return refusal(
    "agreement_denied",
    `\`${entry.id}\` is held by ${entry.provider}, where clause ${decided.clause} does not let this call run`,
    { clause: decided.clause, remedy: "send the content inline instead of by id" },
  );
}

function nobodyServes(call: CallToPlan, decided: Decided): Refusal {
  const where = decided.verdict.providers.join(", ");
  // Not a failure that passes: no SDK should try it again.
  return refusal(
    call.model ? "model_not_found" : "unknown_path",
    `no configured provider that clause ${decided.clause} allows (${where}) offers \`${call.operation.id}\`` +
      (call.model ? ` for \`${call.model.name}\`` : ""),
    { clause: decided.clause, param: call.model ? "model" : null },
  );
}

function nobodyUp(tried: readonly string[], decided: Decided): Refusal {
  return refusal(
    "provider_unavailable",
    `${tried.join(", ")} is unavailable, and clause ${decided.clause} allows no other provider for this call`,
    { clause: decided.clause, retryAfterSeconds: 2 },
  );
}

function rejectedByMode(partner: Partner, deployment: Deployment, decided: Decided): Refusal | null {
  if (partner.mode === "forward" || deployment.provider === partner.homeProvider) return null;
  return refusal(
    "agreement_denied",
    `clause ${decided.clause} places this call on ${deployment.provider}, and ${partner.id} does not forward`,
    {
      clause: decided.clause,
      remedy: `allow forwarding to ${deployment.provider} for this partner (mode: forward)`,
    },
  );
}
