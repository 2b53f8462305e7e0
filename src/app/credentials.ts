/**
 * Credentials of the simulated world, printed by `clauseway up`. All begin with `fake-`, save the key pair that AWS's own
 * documentation uses as its example, since SigV4 wants that shape. Real ones come by environment variable.
 */

type Environment = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  /** What customers of the direct seller send. */
  readonly directCustomerKey: string;
  /** What callers of the Amazon stand-in sign with, or send as a bearer. */
  readonly aws: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly region: string };
  readonly bedrockKey: string;
  /** For SDK tests straight against a mock cloud; its own meter shows them as `direct`. */
  readonly cloudDirectKey: (cloud: "azure" | "aws" | "stargate") => string;
}

/** Reads the credentials once. */
export function readCredentials(environment: Environment): Credentials {
  const pick = (variable: string, fallback: string): string => environment[variable] || fallback;
  return Object.freeze({
    directCustomerKey: pick("CLAUSEWAY_DIRECT_CUSTOMER_KEY", "fake-customer-direct"),
    aws: {
      accessKeyId: pick("CLAUSEWAY_AMAZON_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
      secretAccessKey: pick("CLAUSEWAY_AMAZON_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
      region: "us-east-1",
    },
    bedrockKey: pick("CLAUSEWAY_BEDROCK_KEY", "fake-bedrock-key"),
    cloudDirectKey: (cloud: string) =>
      pick(`CLAUSEWAY_${cloud.toUpperCase()}_DIRECT_KEY`, `fake-${cloud}-direct`),
  });
}
