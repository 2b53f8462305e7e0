/** Lists, models and the answer to a deletion, as the OpenAI API writes them. */

export interface ListedModel {
  readonly id: string;
  readonly ownedBy: string;
  /** Seconds since 1970. */
  readonly created: number;
}

/** A page of objects that have ids; the SDK asks for the next with `after` = `last_id`. */
export function page(data: readonly { readonly id: string }[], hasMore: boolean): object {
  return {
    object: "list",
    data,
    has_more: hasMore,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

/** One entry of the models list. */
export function modelObject(model: ListedModel): object {
  return { id: model.id, object: "model", created: model.created, owned_by: model.ownedBy };
}

/** The answer to a DELETE. */
export function deleted(id: string, object: string): object {
  return { id, object, deleted: true };
}
