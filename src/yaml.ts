import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Document } from "yaml";
import { z } from "zod";
import { messageOf, MjError } from "./errors.js";
import { check, type Path, type Problem } from "./schema-problems.js";

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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const positionAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  // A warning is about something that would be dropped, such as a tag nobody knows: for a file people write, an error.
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return { ok: false, problems: broken.map((error) => `${positionAt(error.pos[0])}: ${syntaxText(error)}`) };
  }
  if (document.contents === null) return { ok: false, problems: [`${file}:1:1: the file is empty`] };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return { ok: false, problems: [`${file}:1:1: ${messageOf(error)}`] }; // too many aliases: a "billion laughs" file
  }
  const positionOf = (path: Path, at: Problem["at"] = "value"): string => positionAt(offsetOf(document, path, at));
  const checked = check(schema, value);
  if (checked.ok) return { ok: true, value: checked.value, positionOf };
  const found = checked.problems.map((problem) => ({ offset: offsetOf(document, problem.path, problem.at), problem }));
  found.sort((a, b) => a.offset - b.offset);
  return { ok: false, problems: found.map(({ offset, problem }) => `${positionAt(offset)}: ${problem.text}`) };
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
  const document = parseDocument(line, { prettyErrors: false });
  const found = checked.problems.map(({ path, at, text }) => ({ offset: offsetOf(document, path, at), text }));
  return { ok: false, problems: found.sort((a, b) => a.offset - b.offset).map((p) => `${p.offset + 1}: ${p.text}`) };
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
  DUPLICATE_KEY: "this key is there twice",
  MULTIPLE_DOCS: "a second document starts here: one document a file",
  TAB_AS_INDENT: "a tab cannot indent YAML: use spaces",
  MULTILINE_IMPLICIT_KEY: "this is not a key: is the colon missing, or a quote?",
};

const syntaxText = (error: { code: string; message: string }): string => SYNTAX[error.code] ?? error.message;

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
