/** What a reload replaces, as one value: nobody can see half of a new configuration. */

import type { Partner } from "../domain/catalogue.ts";
import type { World } from "../pipeline/world.ts";
import { createAuthenticator, type Authenticator } from "./authenticate.ts";

export interface InForce {
  readonly world: World;
  readonly partners: readonly Partner[];
  /** Knows the partners of this configuration, by the credentials of this configuration. */
  readonly authenticate: Authenticator;
}

/** Freezes one configuration for calls to take. */
export function putInForce({ world, partners }: Pick<InForce, "world" | "partners">): InForce {
  return Object.freeze({ world, partners, authenticate: createAuthenticator(partners) });
}
