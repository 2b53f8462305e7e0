/** A request before its body. */

import type { IncomingMessage } from "node:http";

/** What is looked at in it; a saved request has this much too. */
export type RequestHead = Pick<IncomingMessage, "method" | "url" | "httpVersion" | "headers" | "rawHeaders">;
