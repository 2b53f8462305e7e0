/** What came of reading the configuration again. */

import type { ConfigProblem } from "../config/config-error.ts";

/** Digests are those of the world: 64 hex digits. */
export type ReloadResult =
  | {
      /** `unchanged`: what was read says the same as before, so nothing is decided or priced otherwise. */
      readonly outcome: "loaded" | "unchanged";
      readonly digest: string;
      readonly previousDigest: string;
      readonly regime: string;
      readonly reading: string;
    }
  | {
      readonly outcome: "refused";
      /** Of what stays in force. */
      readonly digest: string;
      /** What is wrong and how to mend it; one line per problem. */
      readonly message: string;
      /** Where in the files it is wrong, in their order; empty when no place can be told. */
      readonly problems: readonly ConfigProblem[];
    };
