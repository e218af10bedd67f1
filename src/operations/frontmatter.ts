import { parse } from "yaml";

/** The fields and the text of a Markdown file with front matter. Every value is text. */
export interface Frontmatter {
  fields: Record<string, string>;
  body: string;
}

const FENCED = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)([\s\S]*)$/;
const FIELD = /^([A-Za-z_][\w-]*)[ \t]*:[ \t]*(.*)$/;

/**
 * Reads front matter as those files are found in the wild. Many are not YAML (a description with a colon in it, without
 * quotes): where YAML gives up, each `key: ` at the start of a line begins a field, and all that follows is its text.
 */
export function readFrontmatter(text: string): Frontmatter {
  const match = FENCED.exec(text);
  if (!match) return { fields: {}, body: text };
  const [, head = "", body = ""] = match;
  return { fields: asYaml(head) ?? lineByLine(head), body };
}

function asYaml(head: string): Record<string, string> | undefined {
  try {
    const value: unknown = parse(head);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, field]) => (field === null ? [] : [[key, asText(field)]])),
    );
  } catch {
    return undefined;
  }
}

const asText = (value: unknown): string => {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
};

function lineByLine(head: string): Record<string, string> {
  const fields: Record<string, string> = {};
  let key: string | undefined;
  for (const line of head.split(/\r?\n/)) {
    const field = FIELD.exec(line);
    if (field) {
      key = field[1] ?? "";
      fields[key] = unquote(field[2] ?? "");
    } else if (key !== undefined) {
      fields[key] = `${fields[key] ?? ""}\n${line.trim()}`.trim();
    }
  }
  return fields;
}

const unquote = (text: string): string => /^(["'])(.*)\1$/.exec(text.trim())?.[2] ?? text.trim();
