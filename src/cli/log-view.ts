import { stripVTControlCharacters } from "node:util";
import { timeText } from "../domain/duration.js";
import type { LogLine } from "../nats/logs.js";
import type { Output } from "./output.js";
import { oneLine } from "./text.js";

/** Prints the lines of a log as they come: attempts under headers, and what is missing said. */
export class LogPrinter {
  #printed = 0;
  #attempt = "";
  /** Of each attempt: the number of its last line. */
  readonly #lastSeq = new Map<string, number>();

  /** @param raw lines exactly as the command printed them */
  constructor(
    private readonly out: Output,
    private readonly raw: boolean,
  ) {}

  /** How many lines there were so far. */
  get printed(): number {
    return this.#printed;
  }

  print(line: LogLine): void {
    this.#printed++;
    const { out } = this;
    // A watching agent writes to the log of the task it watches: same epoch, another agent.
    const attempt = `${line.agent_id} ${line.epoch} ${line.attempt}`;
    if (attempt !== this.#attempt && !out.json) out.note(out.noteStyle.dim(header(line)));
    this.#attempt = attempt;
    const missing = line.seq - (this.#lastSeq.get(attempt) ?? 0) - 1;
    this.#lastSeq.set(attempt, line.seq);
    if (missing > 0)
      out.warn(`${missing} line${missing === 1 ? " is" : "s are"} missing here: dropped, or too old to be kept`);
    if (out.json) out.event(line, { text: ({ text }) => text });
    else if (this.raw) out.exact(line.text);
    else for (const text of line.shown ?? [line.text]) out.raw(stripVTControlCharacters(text));
  }
}

const header = ({ attempt, agent_id, time }: LogLine): string =>
  `── attempt ${attempt}, ${oneLine(agent_id)}, ${timeText(time)} ──`;
