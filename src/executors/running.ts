import { randomUUID } from "node:crypto";
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { journalName, thisOwner } from "../journal-owner.js";
import { stateDir } from "../paths.js";
import { startTimeOf } from "./proc.js";
import type { RunObserver } from "./process.js";

const RunningCommand = z.object({
  run_id: z.string().min(1),
  /** From 2 on: signalling the groups 0 and 1 would end ourselves, or everything. */
  pgid: z.int().min(2).optional(),
  /** When the group's leader started; without it the number alone proves nothing. */
  start_time: z.string().optional(),
});
const Line = z.union([
  z.object({ started: RunningCommand }),
  z.object({ ended: RunningCommand.pick({ run_id: true }) }),
]);
type Line = z.output<typeof Line>;

/** A command that was running when its launcher last wrote. `pgid` and `start_time` are there once it had started. */
export type RunningCommand = z.output<typeof RunningCommand>;

/** A journal in which nothing is open is emptied once it is this long. */
const TRUNCATE_BYTES = 64 * 1024;
/** What can wait waits this long for the next line; so most short commands cost one write, and no look at /proc. */
const LATER_MS = 50;

/** Where the launchers of this machine say what they run. */
export const runningDir = (): string => join(stateDir(), "running");

/**
 * The commands that this process runs, on disk: when it and its warden are killed, the next launcher finds them there.
 * A command is in the file before it is started (a synchronous append of a few µs), soon with its process group. Not
 * being able to write disturbs nothing.
 */
export class RunningJournal implements RunObserver {
  readonly #open = new Map<string, RunningCommand>();
  /** Started, and the start time not written yet. */
  readonly #fresh = new Map<string, { pgid: number; isLed: () => boolean }>();
  #pending = "";
  #timer: NodeJS.Timeout | undefined;
  #handle: number | undefined;
  #bytes = 0;
  /** The last write failed, or was a short one. */
  #torn = false;

  private constructor(
    private readonly dir: string,
    private readonly file: string,
  ) {}

  /** @param id tells it from other journals of this process */
  static async open(dir: string, id: string): Promise<RunningJournal> {
    return new RunningJournal(dir, join(dir, journalName(await thisOwner(), id)));
  }

  expect(runId: string): void {
    this.#start({ run_id: runId });
    this.#write();
  }

  started(runId: string, pgid: number, isLed: () => boolean): void {
    this.#fresh.set(runId, { pgid, isLed });
    this.#later();
  }

  ended(runId: string): void {
    this.#open.delete(runId);
    this.#fresh.delete(runId);
    this.#pending += textOf({ ended: { run_id: runId } });
    this.#later();
  }

  /** The clean end: removes the file, unless something is still running. */
  close(): void {
    clearTimeout(this.#timer);
    if (this.#handle === undefined) return;
    this.#write();
    try {
      closeSync(this.#handle);
      this.#handle = undefined;
      if (this.#open.size === 0) rmSync(this.file, { force: true });
    } catch {
      // A journal without open entries does no harm.
    }
  }

  #start(command: RunningCommand): void {
    this.#open.set(command.run_id, command);
    this.#pending += textOf({ started: command });
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const [run_id, { pgid, isLed }] of this.#fresh) {
        // Once its leader was collected the number may be somebody else's already.
        const start_time = isLed() ? startTimeOf(pgid) : null;
        if (start_time !== null) this.#start({ run_id, pgid, start_time });
      }
      this.#fresh.clear();
      this.#write();
    }, LATER_MS).unref();
  }

  #write(): void {
    // After a write that failed: on a line of its own, and with all that may have been lost.
    const all = (): string => [...this.#open.values()].map((started) => textOf({ started })).join("");
    const text = this.#torn ? `\n${all()}` : this.#pending;
    this.#pending = "";
    if (text === "") return;
    try {
      this.#handle ??= this.#create();
      const written = writeSync(this.#handle, text);
      this.#torn = written < Buffer.byteLength(text);
      this.#bytes += written;
      if (this.#open.size > 0 || this.#bytes < TRUNCATE_BYTES) return;
      ftruncateSync(this.#handle);
      this.#bytes = 0;
    } catch {
      // Said again with the next line; meanwhile the warden knows.
      this.#torn = true;
    }
  }

  #create(): number {
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    return openSync(this.file, "a", 0o600);
  }
}

const textOf = (line: Line): string => `${JSON.stringify(line)}\n`;

/** The commands of a journal that have not ended. A line that was cut short or makes no sense counts for nothing. */
export function openCommands(journal: string): RunningCommand[] {
  const open = new Map<string, RunningCommand>();
  for (const text of journal.split("\n")) {
    const line = Line.safeParse(parsed(text)).data;
    if (line === undefined) continue;
    if ("started" in line) open.set(line.started.run_id, line.started);
    else open.delete(line.ended.run_id);
  }
  return [...open.values()];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

let shared: Promise<RunningJournal> | undefined;

/** The one journal of this process. */
export const launcherJournal = (): Promise<RunningJournal> => (shared ??= openShared());

async function openShared(): Promise<RunningJournal> {
  const journal = await RunningJournal.open(runningDir(), randomUUID());
  process.once("exit", () => journal.close());
  return journal;
}
