/**
 * What YAML allows and configuration here does not, so that a file means exactly what it shows: no anchors, aliases, merge
 * keys or tags, one document, no directives, no tabs or other control characters, nothing but UTF-8, at most 256 KiB.
 */

import { isAlias, isMap, isNode, isScalar, visit } from "yaml";
import type { Document, ParsedNode, YAMLError } from "yaml";

/** Several times what the largest file here needs, and little enough that the worst of them is refused in a second or two. */
export const MAX_YAML_BYTES = 256 * 1024;
export const TOO_LARGE = "larger than 256 KiB, split the file or remove what is not configuration";

/** Keys that mean something to YAML 1.1 or to JavaScript, never to this project. */
const REFUSED_KEYS = new Set(["<<", "__proto__"]);

interface Found {
  /** Offset in the text, in UTF-16 units. */
  readonly offset: number;
  readonly message: string;
}

/** The first reason not to parse the text at all, or null. */
export function findRefusedText(text: string): {
  readonly position: { readonly line: number; readonly column: number };
  readonly message: string;
} | null {
  if (text.length > MAX_YAML_BYTES || Buffer.byteLength(text) > MAX_YAML_BYTES) {
    return { position: { line: 1, column: 1 }, message: TOO_LARGE };
  }
  // oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
  const offset = text.search(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f\ufffd]/);
  if (offset < 0) return null;
  const before = text.slice(0, offset).split("\n");
  const position = { line: before.length, column: (before.at(-1) ?? "").length + 1 };
  return { position, message: wordRefusedCharacter(text[offset]) };
}

function wordRefusedCharacter(character: string | undefined): string {
  switch (character) {
    case "\t":
      return "tab character, indent with spaces (inside a double-quoted text write `\\t`)";
    // What stands for bytes that are no UTF-8 once they are read.
    case "\ufffd":
      return "character that is not UTF-8, save the file in that encoding";
    default:
      return "control character, remove it";
  }
}

/** Every refused construct and syntax error, in order; `fatal` when the documents cannot be read any further. */
export function findRefusedYaml(
  text: string,
  documents: readonly Document<ParsedNode>[],
): { readonly problems: readonly Found[]; readonly fatal: boolean } {
  const errors = documents.flatMap((document) => [...document.errors, ...document.warnings]);
  const tooDeep = errors.find((error) => error.code === "RESOURCE_EXHAUSTION");
  if (tooDeep !== undefined) {
    const message = "nested too deeply to be read, no configuration here needs more than a few levels";
    return { problems: [{ offset: tooDeep.pos[0], message }], fatal: true };
  }
  const problems: Found[] = errors.map((error) => ({ offset: error.pos[0], message: wordError(error) }));
  const directive = text.search(/^%/m);
  if (directive >= 0 && directive < (documents[0]?.contents?.range[0] ?? text.length)) {
    problems.push({ offset: directive, message: "directive, remove it: files are YAML 1.2 without tags" });
  }
  const second = documents[1];
  if (second !== undefined && errors.length === 0) {
    const message = "second document in one file, remove the `---` or move it to its own file";
    problems.push({ offset: second.range?.[0] ?? 0, message });
  }
  let aliases = 0;
  for (const document of documents) {
    visit(document, (key, node) => {
      if (isAlias(node)) aliases++;
      if (isMap<ParsedNode>(node)) {
        for (const found of findDuplicateKeys(node.items.map((pair) => pair.key))) problems.push(found);
      }
      const message = isNode(node) ? wordRefused(node, key === "key") : null;
      if (message !== null) problems.push({ offset: (node as ParsedNode).range[0], message });
    });
  }
  const fatal = aliases > 0 || documents.length > 1 || errors.length > 0;
  return { problems, fatal };
}

function findDuplicateKeys(keys: readonly ParsedNode[]): readonly Found[] {
  const seen = new Set<unknown>();
  return keys.flatMap((key) => {
    const name: unknown = key.toJSON();
    const found = { offset: key.range[0], message: "key given twice in one mapping, remove one" };
    if (seen.has(name)) return [found];
    seen.add(name);
    return [];
  });
}

function wordRefused(node: unknown, isKey: boolean): string | null {
  if (isAlias(node)) return `alias \`*${node.source}\`, write the value out`;
  if (isKey && isScalar(node) && REFUSED_KEYS.has(String(node.value))) {
    return `key \`${String(node.value)}\` is not allowed, write the entries out`;
  }
  if (!isNode(node)) return null;
  const { anchor, tag } = node as { anchor?: string; tag?: string };
  if (anchor !== undefined) return `anchor \`&${anchor}\`, write the value out where it is used`;
  if (tag !== undefined) return `tag \`${tag}\`, remove it: the schema knows the type`;
  return null;
}

function wordError(error: YAMLError): string {
  if (error.code === "MULTIPLE_DOCS") return "second document in one file, move it to its own file";
  const message = error.message.replace(/\.$/, "");
  return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
