/** From a path to an operation, by express; refusals that need no operation are answered here. */

import { Router, type Request, type RequestHandler } from "express";
import { CloudError } from "../cloud-error.ts";
import type { CloudService } from "../service.ts";
import { readCredential, type Authenticate } from "./authenticate.ts";
import { openCall, type CloudCall } from "./call.ts";
import { ClientGoneError } from "./read-body.ts";
import { recordGone, replyError } from "./reply.ts";

/** One operation of a cloud. `path` is relative to the base, with `:id` and `:itemId` for ids. */
export interface Route {
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly operation: string;
  /** Refuses the direct key: for what clouds do among themselves. */
  readonly gatewayOnly?: boolean;
  run(call: CloudCall): void | Promise<void>;
}

export interface RouterOptions {
  readonly service: CloudService;
  readonly authenticate: Authenticate;
  readonly routes: readonly Route[];
  /** How keys are shown on this base path. */
  readonly takesApiKey: boolean;
  readonly takesBearer: boolean;
  /** Throws for a request that this base path does not take, such as one without `api-version`. */
  readonly check?: (query: URLSearchParams) => void;
}

const ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** A router for one base path; an unknown path under it is 404 and a known path with another method 405, once the key is right. */
export function createRouter(options: RouterOptions): Router {
  const router = Router({ mergeParams: true, caseSensitive: true, strict: true });
  for (const route of options.routes) router[route.method](route.path, handlerOf(options, route));
  for (const path of new Set(options.routes.map((route) => route.path))) {
    const allowed = options.routes.filter((route) => route.path === path).map((route) => route.method);
    router.all(path, handlerOf(options, wrongMethod(path, allowed)));
  }
  router.use(handlerOf(options, UNKNOWN_PATH));
  return router;
}

function wrongMethod(path: string, allowed: readonly string[]): Route {
  return {
    method: "get",
    path,
    operation: "unknown",
    run: (call) => {
      call.response.setHeader("allow", allowed.join(", ").toUpperCase());
      throw new CloudError(405, "method_not_supported", `not allowed to ${call.request.method} this path`);
    },
  };
}

const UNKNOWN_PATH: Route = {
  method: "get",
  path: "/",
  operation: "unknown",
  run: () => {
    throw new CloudError(404, "unknown_path", "unknown request path");
  },
};

function handlerOf(options: RouterOptions, route: Route): RequestHandler {
  return async (request, response) => {
    const { service } = options;
    const credential = readCredential(request, options.takesApiKey);
    const usable = credential.usedBearer ? options.takesBearer : true;
    const caller = credential.key === null || !usable ? null : options.authenticate(credential.key);
    const query = new URLSearchParams(request.url.split("?", 2)[1] ?? "");
    const call = openCall(service, request, response, {
      operation: route.operation,
      id: paramOf(request, "id"),
      itemId: paramOf(request, "itemId"),
      deployment: paramOf(request, "deployment") || null,
      query,
      caller: caller ?? "direct",
    });
    if (caller === null || (route.gatewayOnly === true && caller !== "gateway")) {
      refuseCaller(call, credential);
      return;
    }
    try {
      options.check?.(query);
      checkIds(call, route);
      await route.run(call);
    } catch (error) {
      settleFailure(call, error);
    }
  };
}

/** Before anyone is known there is nobody to meter. */
function refuseCaller(call: CloudCall, credential: { usedBearer: boolean; key: string | null }): void {
  const { status, body } = call.service.dialect.unauthorized(credential);
  const text = JSON.stringify(body);
  call.response.writeHead(status, {
    ...call.service.dialect.replyHeaders(call),
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  call.response.end(text);
}

function checkIds(call: CloudCall, route: Route): void {
  for (const [name, id] of [
    [":id", call.id],
    [":itemId", call.itemId],
  ] as const) {
    if (route.path.includes(name) && !ID.test(id)) {
      throw new CloudError(404, "not_found", `\`${id.slice(0, 64)}\` is not an id`);
    }
  }
}

function settleFailure(call: CloudCall, error: unknown): void {
  if (error instanceof ClientGoneError || call.gone.aborted) {
    recordGone(call);
    return;
  }
  if (error instanceof CloudError) {
    replyError(call, error);
    return;
  }
  call.service.onDefect(error);
  replyError(call, new CloudError(500, null, "the server had an error while processing your request"));
}

function paramOf(request: Request, name: string): string {
  const value: unknown = request.params[name];
  return typeof value === "string" ? value : "";
}
