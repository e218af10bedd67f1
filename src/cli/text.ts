import stringWidth from "string-width";
import { CONTROLS } from "../domain/visible-text.js";

/** Text for a terminal: escaped, measured in columns, cut to fit. */

export { manyLines, oneLine } from "../domain/visible-text.js";

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

export const wrapped = (text: string, width: number): string[] => filled(text.split(" "), " ", width);
