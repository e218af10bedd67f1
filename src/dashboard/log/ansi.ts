/** How a piece of a line is to look: by classes of ours, or by a colour of its own. */
export interface Piece {
  text: string;
  classes: string;
  colour: string | null;
}

interface Look {
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  /** 0 to 15, or a colour. */
  colour: number | string | null;
}

const plain: Look = { bold: false, dim: false, italic: false, underline: false, colour: null };

// Every sequence is taken out; only colours and weights (SGR, "m") mean something in a log.
const SEQUENCE = /\u001b(?:\[([\d;:]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;

/** Splits a line that was written for a terminal into pieces that look alike. */
export function ansiPieces(line: string): Piece[] {
  if (!line.includes("\u001b")) return line === "" ? [] : [pieceOf(line, plain)];
  const pieces: Piece[] = [];
  let look = plain;
  let from = 0;
  for (const match of line.matchAll(SEQUENCE)) {
    if (match.index > from) pieces.push(pieceOf(line.slice(from, match.index), look));
    from = match.index + match[0].length;
    if (match[2] === "m") look = after(look, match[1] ?? "");
  }
  if (from < line.length) pieces.push(pieceOf(line.slice(from), look));
  return pieces;
}

function pieceOf(text: string, { bold, dim, italic, underline, colour }: Look): Piece {
  const classes = [
    bold && "ansi-bold",
    dim && "ansi-dim",
    italic && "ansi-italic",
    underline && "ansi-underline",
    typeof colour === "number" && `ansi-${colour}`,
  ];
  return { text, classes: classes.filter(Boolean).join(" "), colour: typeof colour === "string" ? colour : null };
}

function after(before: Look, codes: string): Look {
  const numbers = codes.split(/[;:]/).map(Number);
  let look = { ...before };
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at] ?? 0;
    if (code === 0) look = { ...plain };
    else if (code === 1) look.bold = true;
    else if (code === 2) look.dim = true;
    else if (code === 3) look.italic = true;
    else if (code === 4) look.underline = true;
    else if (code === 22) Object.assign(look, { bold: false, dim: false });
    else if (code === 23) look.italic = false;
    else if (code === 24) look.underline = false;
    else if (code >= 30 && code <= 37) look.colour = code - 30;
    else if (code >= 90 && code <= 97) look.colour = code - 82;
    else if (code === 39) look.colour = null;
    else if (code === 38 || code === 48) {
      const isIndex = numbers[at + 1] === 5;
      const colour = isIndex ? ofPalette(numbers[at + 2] ?? 0) : rgb(numbers.slice(at + 2, at + 5));
      // A background of an agent's choice could hide the text from somebody: it is not shown.
      if (code === 38) look.colour = colour;
      at += isIndex ? 2 : 4;
    }
  }
  return look;
}

/** The 256 colours: 16 of ours, a cube of 6 × 6 × 6, and 24 greys. */
function ofPalette(index: number): number | string {
  if (index < 16) return index;
  if (index >= 232) return rgb(Array<number>(3).fill(8 + (index - 232) * 10));
  const at = index - 16;
  const steps = [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6];
  return rgb(steps.map((step) => (step === 0 ? 0 : 55 + step * 40)));
}

const rgb = (parts: readonly number[]): string =>
  `rgb(${[0, 1, 2].map((at) => Math.min(255, Math.max(0, Math.trunc(parts[at] ?? 0)))).join(" ")})`;
