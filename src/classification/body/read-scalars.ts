/** Reads single values, noting wrong types. Null reads as left out, as the API has it. */

import type { JsonObject } from "../../domain/json.ts";
import { addProblem, type Findings } from "./findings.ts";

/** The string in `field`, or null with a problem when it is of another type, empty, or required and left out. */
export function readText(
  findings: Findings,
  body: JsonObject,
  field: string,
  presence: "required" | "optional",
): string | null {
  const value = body[field];
  if (typeof value === "string" && value !== "") return value;
  if (value === undefined || value === null) {
    if (presence === "required") addProblem(findings, field, "is missing");
  } else addProblem(findings, field, "must be a non-empty string");
  return null;
}

/** The boolean in `field`, or null when left out; another type is a problem. */
export function readFlag(findings: Findings, body: JsonObject, field: string): boolean | null {
  const value = body[field];
  if (typeof value === "boolean") return value;
  if (value !== undefined && value !== null) addProblem(findings, field, "must be a boolean");
  return null;
}

/** The positive integer in `field`, or null when left out; anything else is a problem. */
export function readCap(findings: Findings, body: JsonObject, field: string): number | null {
  const value = body[field];
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  if (value !== undefined && value !== null) addProblem(findings, field, "must be a positive integer");
  return null;
}
