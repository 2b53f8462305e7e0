/** Every call that classifying can tell apart: each operation with each combination of what a body can show. */

import type { Features, StateReference } from "../../../src/classification/features.ts";
import { type Operation, OPERATIONS } from "../../../src/classification/operations.ts";
import { read } from "./support.ts";

export interface Call {
  readonly operation: Operation;
  readonly features: Features;
}

const STATE: StateReference = {
  kind: "response",
  id: "resp_1",
  field: "f",
  via: "item_reference",
  effect: "state",
};
const CONTENT: StateReference = { kind: "file", id: "file-1", field: "f", via: "file_id", effect: "content" };
const EITHER = [false, true];

const COMBINATIONS: readonly Features[] = [[], [STATE], [CONTENT], [STATE, CONTENT]].flatMap((references) =>
  [null, false, true].flatMap((store) =>
    EITHER.flatMap((background) =>
      EITHER.flatMap((autoContainer) =>
        [null, "pmpt_1"].flatMap((promptId) =>
          EITHER.flatMap((prewarm) =>
            EITHER.map((extendedCache) => {
              const seen = { references, store, background, autoContainer, promptId, prewarm, extendedCache };
              return { ...read("models.list", null), ...seen };
            }),
          ),
        ),
      ),
    ),
  ),
);

export const EVERY_CALL: readonly Call[] = OPERATIONS.flatMap((operation) =>
  COMBINATIONS.map((features) => ({ operation, features })),
);
