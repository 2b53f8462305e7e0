/** The partners as a client reaches them: each kind of call in its own dialect over pooled keep-alive connections. */

import { Pool } from "undici";
import type { Clock } from "../../domain/ports.ts";
import { PROFILES, type SingleCall } from "../call-profile.ts";
import { LoadInputError } from "../load-input-error.ts";
import type { Target } from "../target.ts";
import { createSigner, eventStreamReader, prepareConverse } from "./amazon.ts";
import { prepareAzureChat } from "./azure.ts";
import {
  prepareChat,
  prepareEmbedding,
  prepareFineTune,
  prepareResponse,
  prepareTrainingFile,
} from "./direct.ts";
import { exchange } from "./exchange.ts";
import { prepareMessage, readProductEvent } from "./first-party.ts";
import type { AnswerReader, CallResult, PreparedRequest } from "./prepared.ts";
import { jsonReader } from "./read-json.ts";
import { readChatEvent, sseReader } from "./read-sse.ts";

/** What a call carries; `text` has the tokens that the caller chose. */
export interface CallSize {
  readonly text: string;
  readonly outputTokens: number;
}

export interface PartnerClients {
  /** Makes one call; `scheduledAtMs` is the time it was due on the monotonic clock. Never rejects. */
  send(call: SingleCall, size: CallSize, scheduledAtMs: number): Promise<CallResult>;
  /** The next turn of the session that `previousId` ends. */
  continueSession(size: CallSize, previousId: string, scheduledAtMs: number): Promise<CallResult>;
  uploadTrainingFile(text: string, scheduledAtMs: number): Promise<CallResult>;
  startTraining(fileId: string, scheduledAtMs: number): Promise<CallResult>;
  close(): Promise<void>;
}

/** Opens the clients; each partner gets up to `connections` connections. */
export function openClients(target: Target, connections: number, clock: Clock): PartnerClients {
  const open = (url: string) => new Pool(url, { connections, pipelining: 1, connectTimeout: 10_000 });
  const pools = {
    amazon: open(target.amazon.url),
    direct: open(target.direct.url),
    firstParty: open(target.firstParty.url),
    ...(target.azureDirect === null ? {} : { "azure-direct": open(target.azureDirect.url) }),
  };
  const prepare = createPreparer(target);
  const byPartner: Readonly<Record<string, Pool>> = pools;
  const poolOf = (call: SingleCall): Pool => byPartner[PROFILES[call].partner] ?? pools.firstParty;
  const sendDirect = (request: PreparedRequest, scheduledAtMs: number) =>
    exchange(pools.direct, request, jsonReader(), scheduledAtMs, clock);
  const { direct, models } = target;

  return {
    async send(call, size, scheduledAtMs) {
      const request = await prepare(call, size, clock.nowMs());
      return exchange(poolOf(call), request, readerOf(call), scheduledAtMs, clock);
    },
    continueSession: (size, previousId, scheduledAtMs) =>
      sendDirect(
        prepareResponse(direct, models.chat, { ...size, streamed: false }, previousId),
        scheduledAtMs,
      ),
    uploadTrainingFile: (text, scheduledAtMs) =>
      sendDirect(prepareTrainingFile(direct, text, TRAINING_EXAMPLES), scheduledAtMs),
    startTraining: (fileId, scheduledAtMs) =>
      sendDirect(prepareFineTune(direct, models.training, fileId), scheduledAtMs),
    async close() {
      await Promise.all(Object.values(pools).map((pool) => pool.close()));
    },
  };
}

/** Builds the request of a call, signed where its dialect asks for it; a signature holds for five minutes. */
export type PrepareRequest = (call: SingleCall, size: CallSize, nowMs: number) => Promise<PreparedRequest>;

/** A preparer of every single call on `target`. */
export function createPreparer(target: Target): PrepareRequest {
  const { azureDirect, direct, firstParty, models } = target;
  const sign = createSigner(target.amazon);
  return async (call, size, nowMs) => {
    switch (call) {
      case "amazon chat":
        return sign(prepareConverse(models.bedrockChat, { ...size, streamed: false }), nowMs);
      case "amazon stream":
        return sign(prepareConverse(models.bedrockChat, { ...size, streamed: true }), nowMs);
      case "direct chat":
        return prepareChat(direct, models.chat, { ...size, streamed: false });
      case "direct stream":
        return prepareChat(direct, models.chat, { ...size, streamed: true });
      case "direct responses":
        return prepareResponse(direct, models.chat, { ...size, streamed: false });
      case "direct embeddings":
        return prepareEmbedding(direct, models.embedding, size.text);
      case "azure-direct chat":
        return prepareAzureChat(given(azureDirect), models.chat, { ...size, streamed: false });
      case "azure-direct stream":
        return prepareAzureChat(given(azureDirect), models.chat, { ...size, streamed: true });
      case "first-party stream":
        return prepareMessage(firstParty, { ...size, streamed: true });
    }
  };
}

function given<T>(access: T | null): T {
  if (access !== null) return access;
  throw new LoadInputError("the configuration has no partner `azure-direct`, which the load asks for");
}

/** OpenAI asks for at least ten examples in a training file. */
export const TRAINING_EXAMPLES = 10;

function readerOf(call: SingleCall): AnswerReader {
  switch (call) {
    case "amazon stream":
      return eventStreamReader();
    case "direct stream":
    case "azure-direct stream":
      return sseReader(readChatEvent);
    case "first-party stream":
      return sseReader(readProductEvent);
    default:
      return jsonReader();
  }
}
