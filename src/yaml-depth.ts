import { Lexer } from "yaml";

/** More than any task may have, and far from where the stack ends. */
const MAX_LEVELS = 250;

/**
 * Where a text nests too deeply to be parsed; undefined when it does not. The parser recurses: near the end of the stack
 * it gives up, or V8 cannot compile an expression there any more and ends the whole process. The lexer does not recurse.
 */
export function tooDeepAt(text: string): number | undefined {
  let offset = 0;
  let brackets = 0;
  /** Columns at which open blocks begin. */
  const indents: number[] = [];
  /** `-`, `?` and `:` of this line: each may open a block. */
  let indicators = 0;
  let lineBegins = true;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    // Marks of the lexer, which are not in the text; the last says that a scalar follows.
    if (lexeme === "\x02" || lexeme === "\x18" || lexeme === "\x1f") {
      isScalar = lexeme === "\x1f";
      continue;
    }
    if (lineBegins) {
      const column = /^ +$/.test(lexeme) ? lexeme.length : 0;
      while ((indents.at(-1) ?? -1) > column) indents.pop();
      if (indents.at(-1) !== column) indents.push(column);
      indicators = 0;
    }
    if (!isScalar) {
      if (lexeme === "[" || lexeme === "{") brackets++;
      else if (lexeme === "]" || lexeme === "}") brackets--;
      else if (brackets <= 0 && (lexeme === "-" || lexeme === "?" || lexeme === ":")) indicators++;
    }
    if (brackets + indents.length + indicators > MAX_LEVELS) return offset;
    lineBegins = lexeme.endsWith("\n");
    isScalar = false;
    offset += lexeme.length;
  }
  return undefined;
}
