/**
 * What the gateway would do with a request, up to the effect: the steps of handle-call.ts with nothing sent, settled or told.
 * Every deployment counts as up, and of equal regions the first is taken.
 */

import type { Operation } from "../classification/operations.ts";
import type { Deployment } from "../domain/call.ts";
import type { Model, Partner } from "../domain/catalogue.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { StateEntry } from "../domain/state.ts";
import type { RequestHead } from "../http/request-head.ts";
import {
  identify,
  plan,
  type CallToPlan,
  type Identified,
  type Plan,
  type ResolvedReference,
} from "../pipeline/plan.ts";
import type { World } from "../pipeline/world.ts";
import type { Authenticator } from "./authenticate.ts";
import { findRoute, type Route } from "./find-route.ts";
import type { GatewayLimits } from "./gateway.ts";
import { checkEnvelope } from "./guard.ts";
import { checkListed } from "./model-catalogue.ts";
import { checkContentType, checkFeatures, checkUpload, readObject } from "./prepare.ts";

export interface DryRun {
  /** Null where the call was refused before, here and below. */
  readonly partner: Partner | null;
  readonly operation: Operation | null;
  readonly model: Model | null;
  /** What was planned, or refused by `plan`, with the ids that it names. */
  readonly call: CallToPlan | null;
  readonly identified: Identified | null;
  readonly answer: Plan | Refusal | { readonly kind: "catalogue" };
}

export interface DryRunInput {
  readonly world: World;
  readonly authenticate: Authenticator;
  readonly limits: GatewayLimits;
  readonly head: RequestHead;
  readonly body: Buffer;
  /** Who holds what the call names: the entry of an id, or null for one that the partner does not have. */
  readonly holders: HolderSource;
}

export type HolderSource =
  | {
      readonly kind: "directory";
      readonly find: (partner: Partner, id: string) => Promise<StateEntry | null>;
    }
  /** Every id resolves, and lies with this deployment; null: where the plan needs no hand-over. */
  | { readonly kind: "assumed"; readonly deployment: Deployment | null };

/** Resolves with what the gateway would answer, by the steps of a served call, and what it knew by then; nothing is sent. */
export async function dryRun(input: DryRunInput): Promise<DryRun> {
  const envelope = checkEnvelope(input.head);
  if (envelope.kind === "refusal") return refused(envelope);
  const partner = input.authenticate(input.head.headers);
  if (partner.kind === "refusal") return refused(partner);
  const route = findRoute(partner, input.head, envelope.path);
  if (route.kind === "refusal") return refused(route, { partner });
  const { operation } = route;
  if (operation.api === "models") {
    const answer = checkListed(input.world, route.subjectId) ?? { kind: "catalogue" as const };
    return { ...NOTHING_KNOWN, partner, operation, answer };
  }
  const body = takeBody(input, route);
  if (body?.kind === "refusal") return refused(body, { partner, operation });
  const checked = checkFeatures(input.world, route, body?.body ?? null, input.limits);
  if (checked.kind === "refusal") return refused(checked, { partner, operation });
  const { features, model } = checked;
  const call = await withHolders(input, { partner, operation, features, model, isUp: () => true, spread: 0 });
  const identified = identify(input.world, call);
  return {
    partner,
    operation,
    model,
    call,
    identified: identified.kind === "refusal" ? null : identified,
    answer: plan(input.world, call),
  };
}

const NOTHING_KNOWN = { partner: null, operation: null, model: null, call: null, identified: null } as const;

function refused(
  answer: Refusal,
  known: { readonly partner?: Partner; readonly operation?: Operation } = {},
): DryRun {
  return { ...NOTHING_KNOWN, ...known, answer };
}

function takeBody(
  { head, body, limits }: DryRunInput,
  { operation }: Route,
): { readonly kind: "object"; readonly body: JsonObject } | Refusal | null {
  if (operation.body === "upload") return checkUpload(head, limits);
  if (operation.body === "none") return null;
  const tooLarge = body.length > limits.maxBodyBytes;
  return (
    checkContentType(head) ??
    readObject(tooLarge ? { kind: "too-large" } : { kind: "body", bytes: body }, limits)
  );
}

async function withHolders(
  { world, holders }: DryRunInput,
  call: Omit<CallToPlan, "references">,
): Promise<CallToPlan> {
  const { references } = call.features;
  if (holders.kind === "directory") {
    const resolve = async (reference: ResolvedReference["reference"]): Promise<ResolvedReference> => ({
      reference,
      entry: await holders.find(call.partner, reference.id),
    });
    return { ...call, references: await Promise.all(references.map(resolve)) };
  }
  if (holders.deployment !== null) return heldAt(call, holders.deployment);
  return heldWhereItFits(world, call);
}

/** Where the content lies already if the call follows its session: the most preferred place that needs no hand-over. */
function heldWhereItFits(world: World, call: Omit<CallToPlan, "references">): CallToPlan {
  const [first] = world.deployments;
  if (first === undefined || call.features.references.length === 0) return { ...call, references: [] };
  const fits = world.deployments.flatMap((deployment) => {
    const held = heldAt(call, deployment);
    const planned = plan(world, held);
    if (planned.kind === "refusal" || planned.handOver.length > 0) return [];
    const rank = world.placement[planned.classification.workload].indexOf(deployment.provider);
    return [{ held, rank: rank < 0 ? Number.MAX_SAFE_INTEGER : rank }];
  });
  const [best] = fits.toSorted((a, b) => a.rank - b.rank);
  return best?.held ?? heldAt(call, first);
}

function heldAt(call: Omit<CallToPlan, "references">, { provider, region }: Deployment): CallToPlan {
  const references = call.features.references.map((reference) => {
    const { id, kind } = reference;
    const entry: StateEntry = { id, kind, partner: call.partner.id, provider, region, expiresAtMs: null };
    return { reference, entry };
  });
  return { ...call, references };
}
