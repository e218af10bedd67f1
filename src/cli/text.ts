import stringWidth from "string-width";

/** Text for a terminal: escaped, measured in columns, cut to fit. */

// Titles, logs and results come from commands that may be hostile: control characters (C0, C1, DEL) could rewrite the
// screen, bidirectional controls could show another text than the one that is there.
const CONTROLS =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\p{Surrogate}]/gu;

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escape(character: string): string {
  const code = character.charCodeAt(0);
  return ESCAPES[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`);
}

/** One line that is safe to print: every control character shown escaped, also line breaks. */
export const oneLine = (text: string): string => text.replace(CONTROLS, escape);

/** As `oneLine`, but line breaks and tabs stay. */
export const manyLines = (text: string): string =>
  text

    .replace(/\r\n/g, "\n")
    .replace(CONTROLS, (character) => (character === "\n" || character === "\t" ? character : escape(character)));

/** JSON that is safe to print: `JSON.stringify` leaves DEL, C1 and bidirectional controls as they are. */
export function safeJson(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent);
  return json.replace(CONTROLS, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

let segmenter: Intl.Segmenter | undefined;

const graphemes = (text: string): string[] =>
  [...(segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" })).segment(text)].map((part) => part.segment);

/** The columns a text takes on a terminal; the text holds no escape sequences. */
export const widthOf = (text: string): number => stringWidth(text);

/** The text if it fits into `width` columns, else its beginning and `…`. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const grapheme of graphemes(text)) {
    used += widthOf(grapheme);
    if (used > width - 1) break;
    kept += grapheme;
  }
  return width < 1 ? "" : `${kept}…`;
}

/** Parts on lines of at most `width` columns, broken between them; a longer one has a line of its own. */
export function filled(parts: readonly string[], between: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const joined = `${lines.at(-1) ?? ""}${between}${part}`;
    if (lines.length > 0 && widthOf(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(part);
  }
  return lines;
}

/** A number of bytes for people: `912 B`, `1.5 KiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

export const wrapped = (text: string, width: number): string[] => filled(text.split(" "), " ", width);
