// Titles, logs and results come from commands that may be hostile: control characters (C0, C1, DEL) could rewrite the
// screen, bidirectional controls could show another text than the one that is there.
export const CONTROLS =
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
