import { join } from "node:path";
import { execa } from "execa";
import { eventually } from "../support/eventually.js";

const BIN = join(import.meta.dirname, "../../bin/mjagent.js");

/** A line of `mjagent run --json`. */
export type EventLine = { event: string; time: string } & Record<string, unknown>;

export interface Ended {
  /** Null when a signal ended it that it did not handle. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `bin/mjagent.js` as a process of its own, with what it says. */
export class Program {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  running = true;

  constructor(
    readonly args: readonly string[],
    options: { cwd: string; env: Record<string, string>; input: string | undefined },
  ) {
    const { cwd, env, input } = options;
    const child = execa(process.execPath, [BIN, ...args], {
      cwd,
      env,
      extendEnv: false,
      reject: false,
      // A group of its own, so that it can be sent what a terminal sends.
      detached: true,
      buffer: false,
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    });
    if (child.pid === undefined) throw new Error("mjagent could not be started");
    this.pid = child.pid;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.ended = child.then(({ exitCode }) => {
      this.running = false;
      return { code: exitCode ?? null, stdout: this.stdout.trimEnd(), stderr: this.stderr.trimEnd() };
    });
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name);
  }

  /** What Ctrl-C in a terminal does: the whole foreground group gets the signal. */
  ctrlC(): void {
    process.kill(-this.pid, "SIGINT");
  }

  /** Ends it as a crash would. */
  async kill9(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }

  /** The events that `run --json` has told so far. */
  events(): EventLine[] {
    return this.stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as EventLine);
  }

  /** The first event of this kind with these fields, once it is there. */
  event(name: string, fields: Record<string, unknown> = {}): Promise<EventLine> {
    const fits = (line: EventLine): boolean =>
      line.event === name && Object.entries(fields).every(([key, value]) => line[key] === value);
    return this.#when(`the event ${name} ${JSON.stringify(fields)}`, () => this.events().find(fits));
  }

  /** Resolves once it has said this, on either stream. */
  async says(text: string): Promise<void> {
    await this.#when(JSON.stringify(text), () => this.stdout.includes(text) || this.stderr.includes(text));
  }

  async #when<T>(what: string, look: () => T): Promise<Exclude<NonNullable<Awaited<T>>, false>> {
    try {
      return await eventually<T>(look);
    } catch (cause) {
      const { args, stdout, stderr, running } = this;
      const state = `${running ? "It runs." : "It has ended."}\nstdout:\n${stdout}\nstderr:\n${stderr}`;
      throw new Error(`mjagent ${args.join(" ")}: ${what} never came. ${state}`, { cause });
    }
  }
}
