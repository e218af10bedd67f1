import { parse, stringify } from "yaml";
import { isHexColour, paletteNames } from "./colour.mjs";
import { CopyError, parseCopy } from "./copy.mjs";

const front = /^---\n([\s\S]*?\n)---\n([\s\S]*)$/;

/** The text of PAGE_SPEC.md for a checked brief: front matter, then the page's copy from top to bottom. */
export function writePageSpec({ page, site, title, description, palette, footer, intro, image, sections }) {
  const meta = { page, site, title, description, ...(footer && { footer }), palette };
  const parts = [`# ${oneLine(title)}`, intro.trim(), card("image", image)];
  for (const section of sections) {
    parts.push(`## ${oneLine(section.heading)}`, section.body.trim());
    parts.push(card("image", section.image), card("call_to_action", section.call_to_action));
  }
  return `---\n${stringify(meta, { lineWidth: 0 })}---\n\n${parts.filter(Boolean).join("\n\n")}\n`;
}

function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

function card(name, payload) {
  return payload && `::: ${name}\n${stringify(payload, { lineWidth: 0 })}:::`;
}

/**
 * Reads PAGE_SPEC.md: `{meta, blocks}`, the front matter and the blocks of `parseCopy`.
 * `file` is named in errors, with the line.
 */
export function readPageSpec(text, file) {
  const match = front.exec(text.replace(/\r\n?/g, "\n"));
  if (!match) throw new Error(`${file}:1: no front matter: start with "---", the page's fields and "---"`);
  const [, yaml, copy] = match;
  let meta;
  try {
    meta = parse(yaml);
  } catch (error) {
    throw new Error(`${file}:${(error.linePos?.[0].line ?? 0) + 1}: front matter: ${error.message.split("\n")[0]}`);
  }
  const problem = metaProblem(meta);
  if (problem) throw new Error(`${file}:1: front matter: ${problem}`);
  try {
    return { meta, blocks: parseCopy(copy) };
  } catch (error) {
    if (!(error instanceof CopyError)) throw error;
    throw new Error(`${file}:${yaml.split("\n").length + 2 + error.line}: ${error.message}`);
  }
}

function metaProblem(meta) {
  for (const field of ["page", "site", "title", "description"]) {
    if (typeof meta?.[field] !== "string") return `no ${field}: add "${field}: …"`;
  }
  if (!/^[a-z0-9-]+$/.test(meta.page)) return `page "${meta.page}" names a folder: use a-z, 0-9 and -`;
  const colour = paletteNames.find((name) => !isHexColour(meta.palette?.[name]));
  return colour && `palette ${colour} must be six hex digits, like "#1c2b33"`;
}
