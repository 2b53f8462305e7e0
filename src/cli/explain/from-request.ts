/** A call that is given as a saved request or as a bare body: asked of the gateway's own steps. */

import type { Credentials } from "../../app/credentials.ts";
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
import { factsOfDay, type Subject } from "../../policy/explain/subject.ts";
import { isAzurePath } from "../../wire/azure/paths.ts";
import { openAiCode } from "../../wire/openai/errors.ts";
import { parseJson } from "../../wire/openai/json.ts";
import { atFrontend, type AtFrontend } from "./from-frontend.ts";
import { inferOperation } from "./infer-operation.ts";
import type { GatewayAnswer, HeldReference, RequestGiven, SenderKnown } from "./report.ts";
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
  /** Those of the frontends' customers. */
  readonly credentials: Credentials;
}

/** Rejects with UsageError for what is no request, an unknown operation, partner or provider, and a body that tells no operation. */
export async function callFromRequest(
  { world, partners }: Configuration,
  input: RequestInput,
): Promise<{ readonly call: RequestGiven; readonly subject: Subject | null }> {
  const { inferredFrom, ...saved } = readRequest(input, { world, partners });
  const { credentials, as } = input;
  const frontend = atFrontend(saved, { credentials, models: world.models, named: as !== null });
  const { method = "", url: path = "" } = saved.head;
  if (frontend?.kind === "refuses") return refusedThere({ method, path, inferredFrom }, frontend);
  const { head, body } = frontend ?? saved;
  const sender = chooseSender(partners, as, { head, frontend });
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
      method,
      path,
      frontend: frontend && { partner: frontend.partner, asks: `${head.method} ${head.url}` },
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

/** A frontend's refusal: the gateway is not asked. */
function refusedThere(
  request: Pick<RequestGiven, "method" | "path" | "inferredFrom">,
  { partner, answer }: Extract<AtFrontend, { kind: "refuses" }>,
): { readonly call: RequestGiven; readonly subject: null } {
  const frontend = { partner, asks: null };
  const unknown = { operation: null, partner: null, model: null, references: [] };
  return { call: { kind: "request", ...request, ...unknown, frontend, answer }, subject: null };
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
  readonly known: SenderKnown;
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
  { head: { headers, url }, frontend }: { readonly head: RequestHead; readonly frontend: AtFrontend | null },
): Sender {
  const anonymous = headers.authorization === undefined && headers["api-key"] === undefined;
  if (as === null && frontend === null && !anonymous) {
    return { authenticate: createAuthenticator(partners), known: "credential" };
  }
  const id = as ?? frontend?.partner ?? usualPartner(partners, url ?? "");
  const partner = partners.find((each) => each.id === id);
  if (partner === undefined) {
    const ids = partners.map((each) => each.id);
    throw new UsageError(`unknown partner \`${id}\`${didYouMean(id, ids)}; name one with --as`);
  }
  if (as !== null) return { authenticate: () => partner, known: "named" };
  const isCustomer = frontend?.kind === "asks" && frontend.known;
  return { authenticate: () => partner, known: isCustomer ? "customer" : "assumed" };
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
      const told = { code: openAiCode(answer), message, param, clause, remedy };
      return { kind: "refused", status: statusOf(code), ...told };
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
    datedFacts: factsOfDay(facts, { date: contractDate, launched }),
  };
}
