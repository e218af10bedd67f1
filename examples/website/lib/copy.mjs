import { parse } from "yaml";
import { cardProblem } from "./cards.mjs";
import { parseInline } from "./inline.mjs";

/** A mistake in a page's copy; `line` counts from 0 within the text that was parsed. */
export class CopyError extends Error {
  constructor(message, line) {
    super(message);
    this.line = line;
  }
}

const starts = [
  { type: "fence", pattern: /^:::\s*(\S+)$/ },
  { type: "heading", pattern: /^(#{1,6})\s+(.+)$/ },
  { type: "bullet", pattern: /^[-*]\s+(.+)$/ },
  { type: "number", pattern: /^\d+[.)]\s+(.+)$/ },
  { type: "quote", pattern: /^>\s?(.*)$/ },
];

function startOf(line) {
  for (const { type, pattern } of starts) {
    const match = pattern.exec(line);
    if (match) return { type, match };
  }
  return undefined;
}

/**
 * Parses the small Markdown the brief and the page spec share into blocks, in order:
 * `{type: "heading", level, text, content}`, `{type: "paragraph" | "quote", content}`,
 * `{type: "list", ordered, items}` and `{type: "card", name, payload}`. Each carries its `line`.
 * `content` is what `parseInline` returns. Throws CopyError.
 */
export function parseCopy(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  for (let at = 0; at < lines.length;) at = readBlock(lines, at, blocks);
  return blocks;
}

function readBlock(lines, line, blocks) {
  const trimmed = lines[line].trim();
  if (trimmed === "") return line + 1;
  const start = startOf(trimmed);
  switch (start?.type) {
    case "fence":
      return readCard(lines, line, start.match[1], blocks);
    case "heading": {
      const [, marks, heading] = start.match;
      blocks.push({ type: "heading", level: marks.length, text: heading, content: inline(heading, line), line });
      return line + 1;
    }
    case "bullet":
    case "number":
      return readList(lines, line, start.type, blocks);
    case "quote":
      return readQuote(lines, line, blocks);
    default:
      return readParagraph(lines, line, blocks);
  }
}

function readParagraph(lines, line, blocks) {
  let end = line + 1;
  while (end < lines.length && lines[end].trim() !== "" && !startOf(lines[end].trim())) end++;
  blocks.push({ type: "paragraph", content: inline(lines.slice(line, end).join(" "), line), line });
  return end;
}

function readList(lines, line, kind, blocks) {
  const items = [];
  let at = line;
  for (; at < lines.length && lines[at].trim() !== ""; at++) {
    const start = startOf(lines[at].trim());
    if (start?.type === kind) items.push({ text: start.match[1], line: at });
    else if (!start && /^\s/.test(lines[at])) items.at(-1).text += ` ${lines[at].trim()}`;
    else break;
  }
  const contents = items.map((item) => inline(item.text, item.line));
  blocks.push({ type: "list", ordered: kind === "number", items: contents, line });
  return at;
}

/** A quote is a block of `>` lines; one that starts with a dash says whose words they are. */
function readQuote(lines, line, blocks) {
  let at = line;
  const words = [];
  const sources = [];
  for (let start; at < lines.length && (start = startOf(lines[at].trim()))?.type === "quote"; at++) {
    const said = start.match[1].trim();
    (said.startsWith("— ") ? sources : words).push(said);
  }
  blocks.push({ type: "quote", content: inline(words.join(" "), line), line });
  for (const source of sources) blocks.push({ type: "paragraph", content: inline(source, line), line });
  return at;
}

function readCard(lines, line, name, blocks) {
  const end = lines.findIndex((text, at) => at > line && text.trim() === ":::");
  if (end === -1) throw new CopyError(`the "::: ${name}" card is never closed: end it with a line ":::"`, line);
  let payload;
  try {
    payload = parse(lines.slice(line + 1, end).join("\n"));
  } catch (error) {
    throw new CopyError(`the "::: ${name}" card is not YAML: ${error.message.split("\n")[0]}`, line);
  }
  const problem = cardProblem(name, payload);
  if (problem) throw new CopyError(problem, line);
  blocks.push({ type: "card", name, payload, line });
  return end + 1;
}

function inline(text, line) {
  const { content, problem } = parseInline(text);
  if (problem) throw new CopyError(problem, line);
  return content;
}
