import type { ChalkInstance } from "chalk";
import type { ImportedAgent } from "../operations/import-agents.js";
import { oneLine } from "./text.js";

/** A line for each agent that was imported, or was left and why. */
export const importLines = (agents: readonly ImportedAgent[], { green, dim }: ChalkInstance): string[] =>
  agents.map(({ name, source, file, left }) =>
    file === null
      ? `${dim("left    ")} ${oneLine(source)}: ${oneLine(left ?? "")}`
      : `${green("imported")} ${file}${source === name ? "" : ` from ${oneLine(source)}`}`,
  );
