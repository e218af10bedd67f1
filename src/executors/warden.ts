import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunObserver } from "./process.js";

const RESTART_AFTER_MS = 5_000;
const FLUSH_MS = 50;

/**
 * Tells a small process in a session of its own which commands are running. When this process ends, however that
 * happens, its end of the pipe closes and the warden ends every command still open. Started at the first command;
 * losing it disturbs nothing: the next command starts another.
 */
export class Warden implements RunObserver {
  readonly #script: string;
  /** Run id → process group, 0 while the command is being started. */
  readonly #open = new Map<string, number>();
  #child: ChildProcess | undefined;
  #pending = "";
  #timer: NodeJS.Timeout | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(script = wardenScript()) {
    this.#script = script;
  }

  /** Before the spawn: killed between the spawn and `started`, the command is still found by its run id. */
  expect(runId: string): void {
    this.#open.set(runId, 0);
    this.#start();
    this.#pending += `+ 0 ${runId}\n`;
    this.#flush();
  }

  started(runId: string, pgid: number): void {
    this.#open.set(runId, pgid);
    this.#later(`+ ${pgid} ${runId}\n`);
  }

  ended(runId: string): void {
    this.#open.delete(runId);
    this.#later(`- 0 ${runId}\n`);
  }

  /** The warden's process number while it lives. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  #start(): void {
    // Not at every command: a warden that cannot run would cost each of them the start of a process.
    if (this.#child !== undefined || performance.now() - this.#startedAt < RESTART_AFTER_MS) return;
    this.#startedAt = performance.now();
    const child = spawn(process.execPath, ["--max-old-space-size=16", this.#script], {
      cwd: dirname(process.execPath),
      // Not our environment: started by a command of another launcher, it must not carry that one's marker.
      env: {},
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      windowsHide: true,
    });
    const forget = (): void => {
      if (this.#child === child) this.#child = undefined;
    };
    child.on("error", forget).on("exit", forget);
    // EPIPE: it died. What it should know is in #open.
    child.stdin.on("error", forget);
    // Neither may keep this process from ending.
    child.unref();
    if (child.stdin instanceof Socket) child.stdin.unref();
    this.#child = child;
    this.#pending = [...this.#open].map(([runId, pgid]) => `+ ${pgid} ${runId}\n`).join("");
  }

  /** With the next command's line, or soon: a write of its own wakes the warden each time. */
  #later(line: string): void {
    this.#pending += line;
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#child?.stdin?.write(this.#pending);
    this.#pending = "";
  }
}

let shared: Warden | undefined;

/** The one warden of this process. */
export const launcherWarden = (): Warden => (shared ??= new Warden());

/** Node runs the compiled file; under vitest this module is the TypeScript one, and the build is next door. */
function wardenScript(): string {
  const here = import.meta.url;
  const built = here.endsWith(".ts") ? "../../dist/executors/warden-main.js" : "./warden-main.js";
  return fileURLToPath(new URL(built, here));
}
