import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { Document } from "yaml";
import { z } from "zod";
import { messageOf, MjError } from "./errors.js";
import { check, type Path, type Problem } from "./schema-problems.js";
import { tooDeepAt } from "./yaml-depth.js";

/** A file that was read, or every problem it has, each as `file:line:col: message`. */
export type FileCheck<T> =
  { ok: true; value: T; positionOf: (path: Path) => string } | { ok: false; problems: string[] };

/**
 * Reads one YAML document (JSON is YAML too) and checks it against a schema.
 * @param file the name problems are reported under
 * @throws MjError `usage` whose message holds every problem, one a line
 */
export function readYaml<T extends z.ZodType>(text: string, file: string, schema: T): z.output<T> {
  return valueOf(checkYaml(text, file, schema));
}

/**
 * Reads a list of records: a YAML list, or JSON Lines when the file's name ends in `.jsonl` or `.ndjson`. Under another
 * name (stdin), a text of which every line is a `{…}` is JSON Lines.
 * @throws MjError `usage` whose message holds every problem, one a line
 */
export function readList<T extends z.ZodType>(text: string, file: string, item: T): z.output<T>[] {
  return isJsonLines(text, file) ? readJsonLines(text, file, item) : readYaml(text, file, z.array(item));
}

/** The error for problems gathered with `checkYaml`, of one file or of several. */
export function problemsError(problems: readonly string[], hint?: string): MjError {
  return new MjError("usage", problems.join("\n"), { hint });
}

/** As `readYaml`, but returns the problems, for a caller which gathers those of several files. */
export function checkYaml<T extends z.ZodType>(text: string, file: string, schema: T): FileCheck<z.output<T>> {
  const lines = new LineCounter();
  const positionAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const refused = (found: Found[]): FileCheck<never> => ({
    ok: false,
    problems: told(found).map(({ offset, text }) => `${positionAt(offset)}: ${text}`),
  });
  const document = parse(text, lines);
  if ("found" in document) return refused(document.found);
  if (document.contents === null) return { ok: false, problems: [`${file}:1:1: the file is empty`] };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // An alias of nothing, or too many of them: a "billion laughs" file.
    return refused([{ offset: lostAlias(document), text: messageOf(error) }]);
  }
  const positionOf = (path: Path, at: Problem["at"] = "value"): string => positionAt(offsetOf(document, path, at));
  const checked = check(schema, value);
  if (checked.ok) return { ok: true, value: checked.value, positionOf };
  return refused(located(checked.problems, document));
}

/** A problem, and where in the text it is. */
interface Found {
  offset: number;
  text: string;
}

/** Nobody reads more of them at once. */
const MAX_TOLD = 100;

function told(found: readonly Found[]): Found[] {
  const [next] = found.slice(MAX_TOLD);
  const more = found.length - MAX_TOLD;
  return [...found.slice(0, MAX_TOLD), ...(next ? [{ offset: next.offset, text: `and ${more} more like these` }] : [])];
}

/** In the order of the text, and cheap for as many as will be told. */
function located(problems: readonly Problem[], document: Document.Parsed): Found[] {
  const found = problems.map(({ path, at, text }, index) => ({
    offset: index <= MAX_TOLD ? offsetOf(document, path, at) : Number.POSITIVE_INFINITY,
    text,
  }));
  return found.sort((a, b) => a.offset - b.offset);
}

/** The one document of a text, or what keeps it from being read. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed | { found: Found[] } {
  const deep = tooDeepAt(text);
  if (deep !== undefined) {
    for (const { index } of `\n${text.slice(0, deep)}`.matchAll(/\n/g)) lineCounter.addNewLine(index);
    return { found: [{ offset: deep, text: "this is nested too deeply" }] };
  }
  // The parser's own look for equal keys compares each with each: 20,000 keys would take it ten seconds.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
  // A warning is about something that would be dropped, such as a tag nobody knows: for a file people write, an error.
  const broken = [...document.errors, ...document.warnings];
  const found = broken.map((error) => ({ offset: error.pos[0], text: syntaxText(error) }));
  if (found.length === 0) found.push(...keyProblems(document));
  return found.length > 0 ? { found } : document;
}

/** Keys that are there twice, and keys that are no text, of which one text would be made that nobody wrote. */
function keyProblems(document: Document.Parsed): Found[] {
  const found: Found[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : undefined;
        if (name === undefined) found.push({ offset: startOf(key), text: "a key must be text" });
        else if (seen.has(name)) found.push({ offset: startOf(key), text: "this key is there twice" });
        else seen.add(name);
      }
    },
  });
  return found;
}

/** The first alias of something that is not there. */
function lostAlias(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = startOf(alias);
      return visit.BREAK;
    },
  });
  return offset;
}

function readJsonLines<T extends z.ZodType>(text: string, file: string, item: T): z.output<T>[] {
  const values: z.output<T>[] = [];
  const problems: string[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === "") continue;
    const result = checkJsonLine(line, item);
    if (result.ok) values.push(result.value);
    else problems.push(...result.problems.map((problem) => `${file}:${index + 1}:${problem}`));
  }
  if (problems.length > 0) throw problemsError(problems);
  return values;
}

/** Problems come as `col: message`. */
function checkJsonLine<T extends z.ZodType>(line: string, item: T): FileCheck<z.output<T>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const at = /at position (\d+)/.exec(messageOf(error))?.[1];
    return { ok: false, problems: [`${at === undefined ? 1 : Number(at) + 1}: this line is not JSON`] };
  }
  const checked = check(item, value);
  if (checked.ok) return { ok: true, value: checked.value, positionOf: () => "1" };
  const document = parse(line, new LineCounter());
  // JSON that YAML cannot read: what is wrong with it is told at its beginning.
  const found =
    "found" in document
      ? checked.problems.map(({ text }) => ({ offset: 0, text }))
      : located(checked.problems, document);
  return { ok: false, problems: told(found).map(({ offset, text }) => `${offset + 1}: ${text}`) };
}

function isJsonLines(text: string, file: string): boolean {
  if (/\.(jsonl|ndjson)$/i.test(file)) return true;
  if (/\.(ya?ml|json)$/i.test(file)) return false;
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.length > 0 && lines.every((line) => /^\s*\{.*\}\s*$/.test(line));
}

function valueOf<T>(result: FileCheck<T>): T {
  if (!result.ok) throw problemsError(result.problems);
  return result.value;
}

const SYNTAX: Readonly<Record<string, string>> = {
  RESOURCE_EXHAUSTION: "this is nested too deeply",
  MULTIPLE_DOCS: "a second document starts here: one document a file",
  TAB_AS_INDENT: "a tab cannot indent YAML: use spaces",
  MULTILINE_IMPLICIT_KEY: "this is not a key: is the colon missing, or a quote?",
};

const syntaxText = ({ code, message }: { code: string; message: string }): string =>
  SYNTAX[code] ?? message.replace(/\s+/g, " ").slice(0, 200);

/** Where a path is in the text: the value, or its key; for a key that is not there, the key of what should hold it. */
function offsetOf(document: Document.Parsed, path: Path, at: Problem["at"]): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const last = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      node = pair.value;
      offset = last && at === "value" ? startOf(node) || startOf(pair.key) : startOf(pair.key);
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) || offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number {
  if (isPair(node)) return startOf(node.key);
  return isNode(node) ? ((node as Node).range?.[0] ?? 0) : 0;
}
