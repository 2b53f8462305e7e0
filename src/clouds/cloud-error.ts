/** An answer that is not a success, before it takes a cloud's shape. */

/** Thrown by the operations of a mock cloud and answered in one place, in the dialect of that cloud. */
export class CloudError extends Error {
  override readonly name = "CloudError";
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;

  constructor(status: number, code: string | null, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
  }
}

/** 400 for a value that the API does not take. */
export function invalidValue(param: string, message: string): CloudError {
  return new CloudError(400, "invalid_value", message, param);
}

/** 404 for an id that is unknown here, expired, or another project's: the three look the same from outside. */
export function notFound(what: string, id: string): CloudError {
  return new CloudError(404, "not_found", `no ${what} found with id \`${id.slice(0, 128)}\``);
}
