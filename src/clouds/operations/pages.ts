/** Cutting a list into the pages that the SDK walks with `after`. */

import { page } from "../../wire/openai/models.ts";
import { invalidValue } from "../cloud-error.ts";
import { readInteger } from "./generation.ts";

export interface PageLimits {
  readonly usual: number;
  readonly most: number;
}

/** Page sizes of the API's lists (OpenAI reference). */
export const ITEM_PAGES: PageLimits = { usual: 20, most: 100 };
export const FILE_PAGES: PageLimits = { usual: 10_000, most: 10_000 };

/**
 * The page that `after` and `limit` ask for. `objects` come in the list's own order; throws 400 for a limit out of range or
 * an unknown `after`.
 */
export function cutPage(
  objects: readonly { readonly id: string }[],
  query: URLSearchParams,
  limits: PageLimits,
): object {
  const asked = query.get("limit");
  const limit = asked === null ? limits.usual : readInteger(Number(asked), "limit", 1, limits.most);
  const after = query.get("after");
  const start = after === null ? 0 : objects.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) {
    throw invalidValue("after", `no object with id \`${after.slice(0, 128)}\` in this list`);
  }
  return page(objects.slice(start, start + limit), objects.length > start + limit);
}

/** Newest first unless `order=asc`; `objects` come oldest first. */
export function inOrder<T>(objects: readonly T[], query: URLSearchParams): readonly T[] {
  return query.get("order") === "asc" ? objects : objects.toReversed();
}
