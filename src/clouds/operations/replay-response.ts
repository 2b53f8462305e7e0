/** The events of a response that has ended, told again: how a client resumes a stream it lost. */

import {
  closingEvents,
  deltaEvent,
  openingEvents,
  responseEvent,
  type ResponseEvent,
} from "../../wire/openai/responses.ts";
import { textsOfItem } from "../state/items.ts";
import type { ResponseRecord } from "../state/state-store.ts";

/** All events numbered above `after`, framed; the text comes as one delta. A cancelled response has no output to tell. */
export function replayEvents(record: ResponseRecord, after: number): string {
  return eventsOf(record)
    .map((event, number) => (number > after ? responseEvent(event, number) : ""))
    .join("");
}

function eventsOf(record: ResponseRecord): ResponseEvent[] {
  const { response } = record;
  const item = record.outputItems[0]?.item;
  const started = { ...response, status: "in_progress", completed_at: null, output: [], usage: null };
  if (!item) {
    return [
      { type: "response.created", response: started },
      { type: "response.incomplete", response: { ...response } },
    ];
  }
  const text = textsOfItem(item).join("");
  return [
    ...openingEvents(started, item.id, response["background"] === true),
    deltaEvent(item.id, text),
    ...closingEvents(item.id, text, item, { ...response }),
  ];
}
