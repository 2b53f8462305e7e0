/** A call that is given as a saved request or as a bare body: asked of the gateway's own steps. */

import { headStartAt } from "../../agreement/facts.ts";
import { dayWithin } from "../../policy/policy.ts";
import type { Configuration } from "../../app/load-world.ts";
import { UsageError } from "../../app/settings.ts";
import { OPERATIONS, type Operation } from "../../classification/operations.ts";
import { didYouMean } from "../../config/did-you-mean.ts";
import type { Deployment } from "../../domain/call.ts";
import type { Partner } from "../../domain/catalogue.ts";
import { isJsonObject, type JsonObject } from "../../domain/json.ts";
import { statusOf } from "../../domain/refusal.ts";
import { createAuthenticator, type Authenticator } from "../../gateway/authenticate.ts";
import { dryRun, type DryRun, type HolderSource } from "../../gateway/dry-run.ts";
import { DEFAULT_LIMITS } from "../../gateway/gateway.ts";
import type { RequestHead } from "../../http/request-head.ts";
import { parseSavedRequest } from "../../http/saved-request.ts";
import type { Subject } from "../../policy/explain/subject.ts";
import { isAzurePath } from "../../wire/azure/paths.ts";
import { parseJson } from "../../wire/openai/json.ts";
import { inferOperation } from "./infer-operation.ts";
import type { GatewayAnswer, HeldReference, RequestGiven } from "./report.ts";
import type { StateDirectory } from "./state-directory.ts";

export interface RequestInput {
  readonly bytes: Buffer;
  /** The operation of a bare body. */
  readonly operation: string | null;
  /** Id of the partner that sends it, whatever its credential. */
  readonly as: string | null;
  /** Id of the provider that holds whatever the call names. */
  readonly heldBy: string | null;
  /** Null where there is no ledger. */
  readonly directory: StateDirectory | null;
}

/** Rejects with UsageError for what is no request, an unknown operation, partner or provider, and a body that tells no operation. */
export async function callFromRequest(
  { world, partners }: Configuration,
  input: RequestInput,
): Promise<{ readonly call: RequestGiven; readonly subject: Subject | null }> {
  const { head, body, inferredFrom } = readRequest(input, { world, partners });
  const sender = chooseSender(partners, input.as, head);
  const holders = chooseHolders(world.deployments, input);
  const run = await dryRun({
    world,
    limits: DEFAULT_LIMITS,
    head,
    body,
    holders,
    authenticate: sender.authenticate,
  });
  return {
    call: {
      kind: "request",
      method: head.method ?? "",
      path: head.url ?? "",
      operation: run.operation?.id ?? null,
      inferredFrom,
      partner: run.partner && { id: run.partner.id, known: sender.known },
      model: run.model?.name ?? null,
      references: describeReferences(run, holders, input.directory),
      answer: describeAnswer(run),
    },
    subject: subjectOf(world, run),
  };
}

interface ReadRequest {
  readonly head: RequestHead;
  readonly body: Buffer;
  readonly inferredFrom: string | null;
}

function readRequest(
  { bytes, operation, as }: RequestInput,
  { world, partners }: Pick<Configuration, "world" | "partners">,
): ReadRequest {
  if (/^\s*[{[]/.test(bytes.subarray(0, 1_024).toString("latin1"))) {
    const azure = partners.find(({ id }) => id === as)?.dialect === "azure";
    return requestOfBody(bytes, operation, { world, root: azure ? "/openai/v1" : "/v1" });
  }
  if (operation !== null) {
    throw new UsageError(
      "--operation belongs to a bare JSON body; a saved request names its operation by its path",
    );
  }
  const saved = parseSavedRequest(bytes);
  if (saved.kind === "request") return { head: saved.head, body: saved.body, inferredFrom: null };
  throw new UsageError(`neither a saved HTTP request nor a JSON object: ${saved.message}`);
}

function requestOfBody(
  bytes: Buffer,
  named: string | null,
  { world, root }: Pick<Configuration, "world"> & { readonly root: string },
): ReadRequest {
  const inferred = named === null ? infer(bytes, world.models) : null;
  const operation = findOperation(named ?? inferred?.operation ?? "");
  const headers = { "content-type": "application/json" };
  return {
    head: {
      method: operation.method,
      url: `${root}${operation.pattern}`,
      httpVersion: "1.1",
      headers,
      rawHeaders: Object.entries(headers).flat(),
    },
    body: bytes,
    inferredFrom: inferred?.field ?? null,
  };
}

function infer(
  bytes: Buffer,
  models: Parameters<typeof inferOperation>[1],
): ReturnType<typeof inferOperation> {
  const inferred = inferOperation(readFields(bytes), models);
  if (inferred !== null) return inferred;
  throw new UsageError("no field of the body tells its operation: name it with --operation");
}

function readFields(bytes: Buffer): JsonObject {
  const parsed = parseJson(bytes);
  if (parsed.kind === "ok" && isJsonObject(parsed.value)) return parsed.value;
  const why = parsed.kind === "malformed" ? parsed.message : "it is no object, or has a key twice";
  throw new UsageError(`cannot tell the operation of the body: ${why}; name it with --operation`);
}

function findOperation(id: string): Operation {
  const bodied = OPERATIONS.filter(({ body, pattern }) => body === "json" && !pattern.includes("{"));
  const operation = bodied.find((each) => each.id === id);
  if (operation !== undefined) return operation;
  if (OPERATIONS.some((each) => each.id === id)) {
    throw new UsageError(
      `\`${id}\` is more than a JSON body: save the whole request, with request line and headers`,
    );
  }
  throw new UsageError(
    `unknown operation \`${id}\`${didYouMean(
      id,
      bodied.map((each) => each.id),
    )}`,
  );
}

interface Sender {
  readonly authenticate: Authenticator;
  readonly known: "credential" | "named" | "assumed";
}

const USUAL_PARTNER = "direct";

/** A path of Azure's is best explained for a partner that may call it. */
function usualPartner(partners: readonly Partner[], path: string): string {
  const azure = isAzurePath(path) ? partners.find(({ dialect }) => dialect === "azure") : undefined;
  return azure?.id ?? USUAL_PARTNER;
}

function chooseSender(
  partners: readonly Partner[],
  as: string | null,
  { headers, url }: RequestHead,
): Sender {
  const anonymous = headers.authorization === undefined && headers["api-key"] === undefined;
  if (as === null && !anonymous) return { authenticate: createAuthenticator(partners), known: "credential" };
  const id = as ?? usualPartner(partners, url ?? "");
  const partner = partners.find((each) => each.id === id);
  if (partner === undefined) {
    const ids = partners.map((each) => each.id);
    throw new UsageError(`unknown partner \`${id}\`${didYouMean(id, ids)}; name one with --as`);
  }
  return { authenticate: () => partner, known: as === null ? "assumed" : "named" };
}

function chooseHolders(
  deployments: readonly Deployment[],
  { heldBy, directory }: RequestInput,
): HolderSource {
  if (heldBy === null) {
    return directory === null
      ? { kind: "assumed", deployment: null }
      : { kind: "directory", find: ({ id: partner }, id) => directory.find(partner, id) };
  }
  const deployment = deployments.find(({ provider }) => provider === heldBy);
  if (deployment !== undefined) return { kind: "assumed", deployment };
  const known = [...new Set(deployments.map(({ provider }) => provider))];
  throw new UsageError(`unknown provider \`${heldBy}\` for --held-by${didYouMean(heldBy, known)}`);
}

function describeReferences(
  { call }: DryRun,
  holders: HolderSource,
  directory: StateDirectory | null,
): readonly HeldReference[] {
  const ledger = holders.kind === "directory" ? (directory?.place ?? null) : null;
  return (call?.references ?? []).map(({ reference: { id, kind, field }, entry }) => {
    const holder = entry && { provider: entry.provider, region: entry.region };
    return { id, kind, field, holder, ledger };
  });
}

function describeAnswer({ answer }: DryRun): GatewayAnswer {
  switch (answer.kind) {
    case "catalogue":
      return { kind: "catalogue", status: 200 };
    case "refusal": {
      const { code, message, param, clause, remedy } = answer;
      return { kind: "refused", status: statusOf(code), code, message, param, clause, remedy };
    }
    case "plan": {
      const { deployment, alternates, handOver } = answer;
      return { kind: "sent", deployment, alternates, handOver: handOver.map(({ id }) => id) };
    }
  }
}

/** Null where the call was refused before it was known what it is. */
function subjectOf(
  { facts, contractDate }: Configuration["world"],
  { identified, model }: DryRun,
): Subject | null {
  if (identified === null) return null;
  const launched = model?.launched ?? null;
  return {
    facts: identified.facts,
    evidence: identified.classification.evidence,
    headStartBy: (choice, effective) =>
      headStartAt(facts, { launched, date: dayWithin(effective, contractDate), choice }),
  };
}
