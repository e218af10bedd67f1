/** One line of a roadmap as it is shown. */
export type RoadmapLine =
  | { kind: "heading"; level: number; text: string; progress: Progress }
  | { kind: "item"; depth: number; text: string; done: boolean }
  | { kind: "point"; depth: number; text: string }
  | { kind: "text"; text: string };

/** Of the items under a heading, those under the headings below it included. */
export interface Progress {
  done: number;
  total: number;
}

const HEADING = /^ {0,3}(#{1,6})(?:\s+(.*))?$/;
const LISTED = /^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(.*)$/;
const BOX = /^\[([ xX])\](?:\s+(.*))?$/;
const FENCE = /^\s*(```|~~~)/;
const DEEPEST = 5;

/** Headings, checklist items, other points and paragraphs of a Markdown text; comments are left out. Pure. */
export function readRoadmap(markdown: string): RoadmapLine[] {
  const lines: RoadmapLine[] = [];
  /** What the next line of text goes on with. */
  let open: { text: string } | null = null;
  let inFence = false;
  for (const raw of markdown.replace(/<!--[\s\S]*?(?:-->|$)/g, "").split(/\r?\n/)) {
    const line = raw.trimEnd();
    if (FENCE.test(line)) {
      inFence = !inFence;
      open = null;
      continue;
    }
    const read = inFence || line.trim() === "" ? null : readLine(line);
    if (read) {
      lines.push(read);
      open = read.kind === "heading" ? null : read;
    } else if (line.trim() === "") open = null;
    else if (open) open.text = `${open.text} ${plain(line.trim())}`;
    else {
      const text: RoadmapLine = { kind: "text", text: inFence ? line.trim() : plain(line.trim()) };
      lines.push(text);
      // Each line of code is one.
      if (!inFence) open = text;
    }
  }
  countItems(lines);
  return lines;
}

function readLine(line: string): RoadmapLine | null {
  const heading = HEADING.exec(line);
  if (heading) {
    const text = plain((heading[2] ?? "").replace(/(^|\s)#+$/, "").trim());
    return { kind: "heading", level: heading[1]?.length ?? 1, text, progress: { done: 0, total: 0 } };
  }
  const [, indent, listed] = LISTED.exec(line) ?? [];
  if (indent === undefined || listed === undefined) return null;
  const depth = Math.min(DEEPEST, Math.floor(indent.replaceAll("\t", "    ").length / 2));
  const box = BOX.exec(listed);
  if (!box) return { kind: "point", depth, text: plain(listed) };
  return { kind: "item", depth, text: plain(box[2] ?? ""), done: box[1] !== " " };
}

/** The words without the marks around them; of a link its words. */
const plain = (text: string): string =>
  text
    .replace(/\[([^[\]]*)\]\([^()\s]*\)/g, "$1")
    .replace(/\*\*|__|`/g, "")
    .trim();

/** Fills in the progress of each heading. */
function countItems(lines: readonly RoadmapLine[]): void {
  const above: { level: number; progress: Progress }[] = [];
  for (const line of lines) {
    if (line.kind === "heading") {
      while ((above.at(-1)?.level ?? 0) >= line.level) above.pop();
      above.push(line);
    } else if (line.kind === "item") {
      for (const { progress } of above) {
        progress.total++;
        if (line.done) progress.done++;
      }
    }
  }
}

export function progressOf(lines: readonly RoadmapLine[]): Progress {
  const items = lines.filter((line) => line.kind === "item");
  return { done: items.filter(({ done }) => done).length, total: items.length };
}
