/** A request that was saved at a partner's frontend, as that frontend puts it to the gateway: by the frontends' own code. */

import type { Credentials } from "../../app/credentials.ts";
import type { Model } from "../../domain/catalogue.ts";
import { statusOf } from "../../domain/refusal.ts";
import type { RequestHead } from "../../http/request-head.ts";
import { matchRoute } from "../../partners/amazon/routes.ts";
import { translateCall } from "../../partners/amazon/serve-bedrock.ts";
import { bodyForGateway } from "../../partners/amazon/serve-openai.ts";
import { sameSecret } from "../../partners/same-secret.ts";
import { isAzurePath } from "../../wire/azure/paths.ts";
import { parseSignatureClaim } from "../../wire/bedrock/authorization.ts";
import { answerOfAwsError, awsError, type AwsError } from "../../wire/bedrock/errors.ts";
import { openAiCode } from "../../wire/openai/errors.ts";
import type { GatewayAnswer } from "./report.ts";

interface SavedRequest {
  readonly head: RequestHead;
  readonly body: Buffer;
}

type FrontendRefusal = Extract<GatewayAnswer, { kind: "refused" }>;

export type AtFrontend =
  /** `partner` is whose frontend it is; `known` says whether the credential is one of its customers'. */
  | ({ readonly kind: "asks"; readonly partner: string; readonly known: boolean } & SavedRequest)
  | { readonly kind: "refuses"; readonly partner: string; readonly answer: FrontendRefusal };

interface FrontendTerms {
  readonly credentials: Credentials;
  readonly models: ReadonlyMap<string, Model>;
  /** Whoever sends it was named, so its credential does not count. */
  readonly named: boolean;
}

/**
 * What becomes of a request at the Amazon stand-in or the direct seller, told by its path or its credential; null for any other,
 * which is the gateway's own. A signature is not checked: it was of another moment.
 */
export function atFrontend(saved: SavedRequest, terms: FrontendTerms): AtFrontend | null {
  const { head } = saved;
  const [path = "", ...query] = (head.url ?? "").split("?");
  if (path.startsWith("/model/")) return atAmazon(saved, terms, [path, query.join("?")]);
  if (isAzurePath(path) && isOfAmazon(head, terms.credentials))
    return atAmazon(saved, terms, [path, query.join("?")]);
  const bearer = bearerOf(head);
  if (bearer === null || !sameSecret(bearer, terms.credentials.directCustomerKey)) return null;
  return { kind: "asks", partner: "direct", known: true, ...saved };
}

const AMAZON = "amazon";

function atAmazon(
  { head, body }: SavedRequest,
  { credentials, models, named }: FrontendTerms,
  [path, query]: readonly [string, string],
): AtFrontend {
  const { authorization } = head.headers;
  const stranger = named || authorization === undefined ? null : whyUnknown(authorization, credentials);
  if (stranger !== null) return refusedByAws(stranger);
  const known = authorization !== undefined;
  const publicNames = new Map(
    [...models.values()].flatMap(({ name, bedrockIds }) => bedrockIds.map((id) => [id, name] as const)),
  );
  const route = matchRoute(head.method ?? "", path, query);
  switch (route.kind) {
    case "bedrock": {
      const translation = translateCall(body, route, publicNames);
      if (translation.kind === "invalid")
        return refusedByAws(awsError("ValidationException", translation.message));
      return {
        kind: "asks",
        partner: AMAZON,
        known,
        head: jsonHead("/v1/chat/completions"),
        body: Buffer.from(JSON.stringify(translation.body)),
      };
    }
    case "openai": {
      const rewritten = bodyForGateway(
        { method: head.method ?? "", headers: head.headers },
        body,
        publicNames,
      );
      if (rewritten.kind === "body") {
        return {
          kind: "asks",
          partner: AMAZON,
          known,
          head: { ...head, url: route.path },
          body: rewritten.body,
        };
      }
      const { refusal } = rewritten;
      const { message, param, clause, remedy } = refusal;
      const answer = {
        status: statusOf(refusal.code),
        code: openAiCode(refusal),
        message,
        param,
        clause,
        remedy,
      };
      return { kind: "refuses", partner: AMAZON, answer: { kind: "refused", ...answer } };
    }
    case "wrong-method":
      return refusedByAws(awsError("MethodNotAllowedException", `use ${route.allowed} here`));
    default:
      return refusedByAws(awsError("UnknownOperationException", "no operation has this path"));
  }
}

/** On paths that Azure has as well, the credential tells. */
function isOfAmazon(head: RequestHead, { bedrockKey }: Credentials): boolean {
  const bearer = bearerOf(head);
  if (bearer !== null) return sameSecret(bearer, bedrockKey);
  return (head.headers.authorization ?? "").startsWith("AWS4-");
}

/** Null for a bearer key or a key id that the stand-in knows. */
function whyUnknown(authorization: string, { aws, bedrockKey }: Credentials): AwsError | null {
  const bearer = /^Bearer (.+)$/.exec(authorization)?.[1];
  if (bearer !== undefined) {
    return sameSecret(bearer, bedrockKey)
      ? null
      : awsError("AccessDeniedException", "the bearer key is not valid");
  }
  const claim = parseSignatureClaim(authorization);
  if (claim === null) {
    return awsError("IncompleteSignatureException", "the authorization header is not a SigV4 signature");
  }
  if (claim.accessKeyId === aws.accessKeyId) return null;
  return awsError("UnrecognizedClientException", "the security token included in the request is invalid");
}

function refusedByAws(error: AwsError): AtFrontend {
  const { status } = answerOfAwsError(error);
  const { name: code, message } = error;
  const answer = {
    kind: "refused",
    status,
    code,
    message,
    param: null,
    clause: "none",
    remedy: null,
  } as const;
  return { kind: "refuses", partner: AMAZON, answer };
}

function jsonHead(url: string): RequestHead {
  const headers = { "content-type": "application/json" };
  return { method: "POST", url, httpVersion: "1.1", headers, rawHeaders: Object.entries(headers).flat() };
}

function bearerOf({ headers }: RequestHead): string | null {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? null;
}
