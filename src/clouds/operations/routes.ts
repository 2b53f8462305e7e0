/** Routes that several clouds have in common. */

import type { Route } from "../http/router.ts";
import { createChatCompletion } from "./chat.ts";
import * as conversations from "./conversations.ts";
import { createEmbeddings } from "./embeddings.ts";
import * as files from "./files.ts";
import { takeOver } from "./handover.ts";
import { takeOverFile } from "./handover-file.ts";
import { getModel, listModels } from "./models.ts";
import * as responses from "./responses.ts";

export const CHAT_ROUTES: readonly Route[] = [
  {
    method: "post",
    path: "/chat/completions",
    operation: "chat.completions.create",
    run: createChatCompletion,
  },
];

export const EMBEDDING_ROUTES: readonly Route[] = [
  { method: "post", path: "/embeddings", operation: "embeddings.create", run: createEmbeddings },
];

export const MODEL_ROUTES: readonly Route[] = [
  { method: "get", path: "/models", operation: "models.list", run: listModels },
  { method: "get", path: "/models/:id", operation: "models.get", run: getModel },
];

export const FILE_ROUTES: readonly Route[] = [
  { method: "post", path: "/files", operation: "files.create", run: files.createFile },
  { method: "get", path: "/files", operation: "files.list", run: files.listFiles },
  { method: "get", path: "/files/:id", operation: "files.get", run: files.getFile },
  { method: "get", path: "/files/:id/content", operation: "files.content", run: files.getFileContent },
  { method: "delete", path: "/files/:id", operation: "files.delete", run: files.deleteFile },
  {
    method: "post",
    path: "/handover/files",
    operation: "handover.files",
    gatewayOnly: true,
    run: takeOverFile,
  },
];

/** Responses and conversations, and the hand-over of both. */
export const STATE_ROUTES: readonly Route[] = [
  { method: "post", path: "/responses", operation: "responses.create", run: responses.createResponse },
  {
    method: "post",
    path: "/responses/input_tokens",
    operation: "responses.input_tokens",
    run: responses.countTokensOfInput,
  },
  { method: "get", path: "/responses/:id", operation: "responses.get", run: responses.getResponse },
  { method: "delete", path: "/responses/:id", operation: "responses.delete", run: responses.deleteResponse },
  {
    method: "post",
    path: "/responses/:id/cancel",
    operation: "responses.cancel",
    run: responses.cancelResponse,
  },
  {
    method: "get",
    path: "/responses/:id/input_items",
    operation: "responses.input_items",
    run: responses.listInputItems,
  },
  {
    method: "post",
    path: "/conversations",
    operation: "conversations.create",
    run: conversations.createConversation,
  },
  {
    method: "get",
    path: "/conversations/:id",
    operation: "conversations.get",
    run: conversations.getConversation,
  },
  {
    method: "post",
    path: "/conversations/:id",
    operation: "conversations.update",
    run: conversations.updateConversation,
  },
  {
    method: "delete",
    path: "/conversations/:id",
    operation: "conversations.delete",
    run: conversations.deleteConversation,
  },
  {
    method: "get",
    path: "/conversations/:id/items",
    operation: "conversations.items.list",
    run: conversations.listConversationItems,
  },
  {
    method: "post",
    path: "/conversations/:id/items",
    operation: "conversations.items.create",
    run: conversations.addConversationItems,
  },
  {
    method: "get",
    path: "/conversations/:id/items/:itemId",
    operation: "conversations.items.get",
    run: conversations.getConversationItem,
  },
  {
    method: "delete",
    path: "/conversations/:id/items/:itemId",
    operation: "conversations.items.delete",
    run: conversations.deleteConversationItem,
  },
  { method: "post", path: "/handover", operation: "handover", gatewayOnly: true, run: takeOver },
];
