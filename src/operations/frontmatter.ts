import { parse } from "yaml";
import { tooDeepAt } from "../yaml-depth.js";

/** The fields and the text of a Markdown file with front matter. */
export interface Frontmatter {
  fields: Record<string, unknown>;
  body: string;
}

const FENCED = /^\uFEFF?\s*---[ \t]*\r?\n([\s\S]*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)([\s\S]*)$/;
const FIELD = /^([A-Za-z_][\w-]*)[ \t]*:(?=\s|$)/;
/** How the examples of a description begin their lines. */
const SPOKEN = /^(user|assistant|context|commentary|examples?|note)$/i;

/**
 * Reads front matter as those files are found in the wild. Many are not YAML (a description with a colon in it, without
 * quotes, and examples after it): where YAML gives up, each `key:` at the start of a line begins a field, which is
 * read by itself, and is text when it is not YAML either.
 */
export function readFrontmatter(text: string): Frontmatter {
  const match = FENCED.exec(text);
  if (!match) return { fields: {}, body: text.replace(/^\uFEFF/, "") };
  const [, head = "", body = ""] = match;
  return { fields: asYaml(head) ?? fieldByField(head), body };
}

function asYaml(head: string): Record<string, unknown> | undefined {
  if (tooDeepAt(head) !== undefined) return undefined;
  try {
    // Warnings would be written to stderr: they are about files that are not ours. To look for equal keys takes the
    // parser seconds where there are thousands.
    const value: unknown = parse(head, { logLevel: "error", uniqueKeys: false });
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function fieldByField(head: string): Record<string, unknown> {
  const fields = new Map<string, string[]>();
  const lines = head.split(/\r?\n/);
  // An example that is never closed hides nothing: what follows it may be what restricts the agent.
  const lastClosed = lines.findLastIndex((line) => line.includes("</example>"));
  let current: string[] = [];
  let inExample = false;
  for (const [index, line] of lines.entries()) {
    const key = inExample && index <= lastClosed ? undefined : FIELD.exec(line)?.[1];
    if (key !== undefined && !SPOKEN.test(key)) {
      current = [];
      fields.set(key, current);
    }
    current.push(line);
    const opened = line.lastIndexOf("<example>");
    const closed = line.lastIndexOf("</example>");
    if (opened !== closed) inExample = opened > closed;
  }
  return Object.fromEntries([...fields].map(([key, block]) => [key, valueOf(key, block.join("\n"))]));
}

function valueOf(key: string, block: string): unknown {
  const alone = asYaml(block);
  if (alone !== undefined && Object.hasOwn(alone, key)) return alone[key];
  const lines = block.replace(FIELD, "").split("\n");
  return unquote(lines.map((line) => line.trim()).join("\n"));
}

const unquote = (text: string): string => /^(["'])([\s\S]*)\1$/.exec(text.trim())?.[2] ?? text.trim();
