/** Where the mock clouds differ on the wire. */

import type { CloudError } from "./cloud-error.ts";
import type { CloudModel } from "./cloud-model.ts";
import type { CloudCall } from "./http/call.ts";

export interface ErrorReply {
  readonly status: number;
  readonly body: object;
}

export interface Dialect {
  /** `azure`: holds output back for its content filter and says so in chat answers. */
  readonly filtersContent: boolean;
  error(error: CloudError): ErrorReply;
  unauthorized(call: { readonly usedBearer: boolean; readonly key: string | null }): ErrorReply;
  /** Headers of every reply; `call` is null before the caller is known. */
  replyHeaders(call: CloudCall): Record<string, string>;
  /** The model's name in replies. */
  modelName(model: CloudModel): string;
}
