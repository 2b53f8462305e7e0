/** Errors of the Bedrock Runtime API: a name in `x-amzn-errortype`, a body `{"message"}`. */

/**
 * The errors this stand-in gives, with their HTTP status. SDKs retry 429 and 5xx, never 400, 403, 404, 408, 413, 424.
 * AWS publishes no name for a wrong method or an oversized body; `MethodNotAllowedException` and
 * `RequestEntityTooLargeException` are our choice, with the status that HTTP has for them.
 */
const STATUS = {
  ValidationException: 400,
  IncompleteSignatureException: 400,
  AccessDeniedException: 403,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  InvalidSignatureException: 403,
  ResourceNotFoundException: 404,
  UnknownOperationException: 404,
  MethodNotAllowedException: 405,
  ModelTimeoutException: 408,
  RequestEntityTooLargeException: 413,
  ModelErrorException: 424,
  ThrottlingException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
} as const;
export type AwsErrorName = keyof typeof STATUS;

export interface AwsError {
  readonly name: AwsErrorName;
  readonly message: string;
  /** Value of `retry-after` in seconds as the gateway gave it, or null. */
  readonly retryAfter: string | null;
}

/** Returns an error of the given name; `retryAfter` is in seconds. */
export function awsError(name: AwsErrorName, message: string, retryAfter: string | null = null): AwsError {
  return { name, message, retryAfter };
}

export interface AwsErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The HTTP answer of an error. */
export function answerOfAwsError(error: AwsError): AwsErrorAnswer {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "x-amzn-errortype": error.name,
  };
  if (error.retryAfter !== null) headers["retry-after"] = error.retryAfter;
  return { status: STATUS[error.name], headers, body: JSON.stringify({ message: error.message }) };
}

/**
 * What a refusal of the gateway is to a Bedrock caller. A 401 is our own credential at fault, so it is never shown as the
 * caller's; a filtered prompt (400 `content_filter`) is a ValidationException like every other 400.
 */
export function awsErrorOfGateway(status: number, message: string, retryAfter: string | null): AwsError {
  switch (status) {
    case 400:
    case 415:
    case 422:
      return awsError("ValidationException", message);
    case 403:
      return awsError("AccessDeniedException", message);
    case 404:
      return awsError("ResourceNotFoundException", message);
    case 408:
      return awsError("ModelTimeoutException", message);
    case 413:
      return awsError("RequestEntityTooLargeException", message);
    case 429:
      return awsError("ThrottlingException", message, retryAfter);
    default:
      return status >= 500 && status !== 500
        ? awsError("ServiceUnavailableException", message, retryAfter)
        : awsError("InternalServerException", "the service could not process the request");
  }
}
