/** Measures the input of an embeddings call, which the gateway limits before any upstream sees it. */

import { isJsonArray, type JsonObject, type JsonValue } from "../../domain/json.ts";
import { addProblem, type Findings } from "./findings.ts";

/** Size of an embeddings input; text counts in UTF-16 code units, input that is already tokens in tokens. */
export interface EmbeddingInputs {
  /** How many vectors are asked for: an integer from 0. */
  readonly count: number;
  readonly totalCharacters: number;
  readonly totalTokens: number;
}

const NO_INPUTS: EmbeddingInputs = { count: 0, totalCharacters: 0, totalTokens: 0 };

/** Measures `input`: a text, texts, tokens of one text, or tokens of several. Anything else is a problem. */
export function readEmbeddingInput(findings: Findings, body: JsonObject): EmbeddingInputs {
  const input = body["input"];
  if (typeof input === "string" && input !== "") {
    return { count: 1, totalCharacters: input.length, totalTokens: 0 };
  }
  if (!isJsonArray(input) || input.length === 0) {
    addProblem(findings, "input", "must be a non-empty string or array");
    return NO_INPUTS;
  }
  const first = input[0];
  if (typeof first === "number") return measureOneTokenList(findings, input);
  return isJsonArray(first) ? measureTokenLists(findings, input) : measureTexts(findings, input);
}

function measureOneTokenList(findings: Findings, tokens: readonly JsonValue[]): EmbeddingInputs {
  const wrong = tokens.findIndex((token) => !isToken(token));
  if (wrong >= 0) addProblem(findings, `input[${wrong}]`, "must be a token number");
  return { count: 1, totalCharacters: 0, totalTokens: tokens.length };
}

function measureTokenLists(findings: Findings, lists: readonly JsonValue[]): EmbeddingInputs {
  let totalTokens = 0;
  for (const [index, list] of lists.entries()) {
    if (isJsonArray(list) && list.length > 0 && list.every(isToken)) totalTokens += list.length;
    else addProblem(findings, `input[${index}]`, "must be a non-empty array of token numbers");
  }
  return { count: lists.length, totalCharacters: 0, totalTokens };
}

function measureTexts(findings: Findings, texts: readonly JsonValue[]): EmbeddingInputs {
  let totalCharacters = 0;
  for (const [index, text] of texts.entries()) {
    if (typeof text === "string" && text !== "") totalCharacters += text.length;
    else addProblem(findings, `input[${index}]`, "must be a non-empty string");
  }
  return { count: texts.length, totalCharacters, totalTokens: 0 };
}

function isToken(value: JsonValue): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
