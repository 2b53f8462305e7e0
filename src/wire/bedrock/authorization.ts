/** Parts of an AWS Signature Version 4 `authorization` header. */

export interface SignatureClaim {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Lower case, in the order given; may hold the pseudo-header `:authority`. */
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
}

/** Reads `AWS4-HMAC-SHA256 Credential=…/…/…/…/aws4_request, SignedHeaders=…, Signature=…`; null when it is anything else. */
export function parseSignatureClaim(authorization: string): SignatureClaim | null {
  const matched = CLAIM.exec(authorization)?.groups;
  if (!matched) return null;
  const { accessKeyId = "", date = "", region = "", service = "", headers = "", signature = "" } = matched;
  return { accessKeyId, date, region, service, signedHeaders: headers.split(";"), signature };
}

const CLAIM = new RegExp(
  [
    "^AWS4-HMAC-SHA256 +Credential=(?<accessKeyId>[^/, ]{1,128})/(?<date>\\d{8})/(?<region>[a-z0-9-]{1,32})",
    "/(?<service>[a-z0-9-]{1,32})/aws4_request, *SignedHeaders=(?<headers>[a-z0-9:_.;-]{1,4096})",
    ", *Signature=(?<signature>[0-9a-f]{64})$",
  ].join(""),
);
