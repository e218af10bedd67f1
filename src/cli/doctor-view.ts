import type { ChalkInstance } from "chalk";
import type { Check } from "../domain/check.js";
import { oneLine, wrapped } from "./text.js";

const ID_COLUMNS = 12;
const STATUS_COLUMNS = 6;

/** Each check: how it stands, what it is about, what was found; below it why, and the next step. Escaped. */
export function checksView(checks: readonly Check[], style: ChalkInstance, width: number): string {
  const colour = { ok: style.green, warn: style.yellow, fail: style.red };
  const indent = " ".repeat(STATUS_COLUMNS + ID_COLUMNS);
  const fitted = (text: string): string[] => wrapped(text, Math.max(20, width - indent.length));
  return checks
    .flatMap(({ id, status, what, why, hint }) => {
      const [first = "", ...lines] = [
        ...fitted(oneLine(what)),
        ...(why ?? "")
          .split("\n")
          .flatMap((line) => (line === "" ? [] : fitted(oneLine(line)).map((l) => style.dim(l)))),
        ...(hint === null ? [] : fitted(oneLine(`next: ${hint}`))),
      ];
      const head = colour[status](status.padEnd(STATUS_COLUMNS)) + id.padEnd(ID_COLUMNS);
      return [head + first, ...lines.map((line) => indent + line)];
    })
    .join("\n");
}
