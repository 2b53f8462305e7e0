/** What `clauseway up` prints when the gateway has read its configuration again. */

import type { ReloadResult } from "../gateway/reload-result.ts";

/** One line, or one for each problem when what was read cannot be used. */
export function reloadLine(result: ReloadResult): string {
  switch (result.outcome) {
    case "loaded":
      return `configuration loaded: ${result.regime}, reading ${result.reading}, digest ${result.digest} (was ${result.previousDigest.slice(0, 16)})`;
    case "unchanged":
      return `configuration unchanged: digest ${result.digest}`;
    case "refused":
      return `configuration refused, digest ${result.digest.slice(0, 16)} stays in force:\n${result.message}`;
  }
}
