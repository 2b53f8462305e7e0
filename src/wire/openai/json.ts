/** JSON as a policy gateway must read it: one meaning only, whatever parser stands behind it. */

import { isUtf8 } from "node:buffer";
import type { JsonValue } from "../../domain/json.ts";

/** A body that has one meaning, or why it has none. `path` is where (`messages[0].role`). */
export type JsonReading =
  | { readonly kind: "ok"; readonly value: JsonValue }
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "duplicate-key"; readonly path: string };

const DEPTH_LIMIT = 64;
const KEY_LIMIT = 100_000;

/**
 * Parses UTF-8 JSON and refuses what two parsers could read differently: a repeated key (JSON.parse keeps the last, others
 * the first: the upstream would see another model than the one that was decided), `__proto__`, nesting over 64 levels, over
 * 100,000 keys, invalid UTF-8.
 */
export function parseJson(bytes: Buffer): JsonReading {
  if (bytes.length === 0) return { kind: "malformed", message: "the body is empty" };
  if (!isUtf8(bytes)) return { kind: "malformed", message: "the body is not valid UTF-8" };
  const text = bytes.toString("utf8");
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return { kind: "malformed", message: "the body is not valid JSON" };
  }
  return findAmbiguity(text) ?? { kind: "ok", value };
}

interface Frame {
  /** Keys seen so far; null for an array. */
  readonly keys: Set<string> | null;
  key: string;
  index: number;
}

/** Walks text that is known to be valid JSON, so it only has to tell strings, brackets and commas apart. */
function findAmbiguity(text: string): Exclude<JsonReading, { kind: "ok" }> | null {
  const frames: Frame[] = [];
  let frame: Frame | undefined;
  let expectKey = false;
  let keyCount = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22: {
        const end = endOfString(text, at);
        if (expectKey && frame?.keys) {
          const key = decodeString(text, at, end);
          frame.key = key;
          if (key === "__proto__")
            return { kind: "malformed", message: "the key `__proto__` is not accepted" };
          if (frame.keys.has(key)) return { kind: "duplicate-key", path: pathOf(frames) };
          keyCount += 1;
          if (keyCount > KEY_LIMIT)
            return { kind: "malformed", message: `more than ${KEY_LIMIT} keys in one body` };
          frame.keys.add(key);
          expectKey = false;
        }
        at = end;
        break;
      }
      case 0x7b: // {
      case 0x5b: {
        // [
        const isObject = text.charCodeAt(at) === 0x7b;
        frame = { keys: isObject ? new Set() : null, key: "", index: 0 };
        frames.push(frame);
        if (frames.length > DEPTH_LIMIT)
          return { kind: "malformed", message: `nested deeper than ${DEPTH_LIMIT} levels` };
        expectKey = isObject;
        break;
      }
      case 0x7d: // }
      case 0x5d: // ]
        frames.pop();
        frame = frames.at(-1);
        expectKey = false;
        break;
      case 0x2c: // ,
        if (frame?.keys) expectKey = true;
        else if (frame) frame.index += 1;
        break;
    }
  }
  return null;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes += 1;
  return backslashes % 2 === 1;
}

/** Decodes escapes, since `"mod\u0065l"` is the key `model` to every parser. */
function decodeString(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  return raw.includes("\\") ? (JSON.parse(text.slice(start, end + 1)) as string) : raw;
}

function pathOf(frames: readonly Frame[]): string {
  return frames
    .map((frame, depth) => {
      if (frame.keys === null) return `[${frame.index}]`;
      return depth === 0 ? frame.key : `.${frame.key}`;
    })
    .join("");
}
