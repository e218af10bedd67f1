import { type FileHandle, mkdir, open, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../errors.js";
import type { AttemptReport } from "../domain/report.js";

export interface OutboxEntry {
  id: string;
  task_id: string;
  agent_id: string;
  attempt: number;
  report: AttemptReport;
}

type Line = { put: OutboxEntry } | { done: string };

/** A journal without open entries is emptied once it is this long. */
const TRUNCATE_BYTES = 1024 * 1024;

/**
 * Results on disk before anything is sent: one journal per launcher, appended to in groups, so that a hundred
 * results at once cost one write. It survives the launcher; the next one on this host replays what is open.
 */
export class Outbox {
  readonly #file: string;
  readonly #open = new Set<string>();
  #handle: FileHandle | undefined;
  #pending: Line[] = [];
  #writing: Promise<void> | null = null;
  #bytes = 0;

  private constructor(
    private readonly dir: string,
    private readonly instanceId: string,
  ) {
    this.#file = join(dir, `${process.pid}.${instanceId}.jsonl`);
  }

  static async open(dir: string, instanceId: string): Promise<Outbox> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return new Outbox(dir, instanceId);
  }

  /** Resolves when the entry is in the file. Rejects when it cannot be written (disk full): nothing was sent then. */
  put(entry: OutboxEntry): Promise<void> {
    this.#open.add(entry.id);
    return this.#append({ put: entry });
  }

  /** The record has taken or refused the report: the entry needs no replay. */
  done(id: string): void {
    this.#open.delete(id);
    // Losing this line costs one replay that is refused.
    this.#append({ done: id }).catch(() => undefined);
  }

  /** What launchers that are gone have left; `forget` removes it once it is dealt with. */
  async leftovers(): Promise<{ entries: OutboxEntry[]; forget: () => Promise<void> }[]> {
    const files = (await readdir(this.dir)).filter(
      (name) => name.endsWith(".jsonl") && !name.includes(this.instanceId),
    );
    return Promise.all(
      files.map(async (name) => {
        const file = join(this.dir, name);
        const entries = openEntries(await readFile(file, "utf8").catch(() => ""));
        // A journal whose launcher lives is only read: replaying its entries is harmless, removing them is not.
        const forget = isAlive(Number(name.split(".")[0])) ? () => Promise.resolve() : () => rm(file, { force: true });
        return { entries, forget };
      }),
    );
  }

  /** Removes the journal if nothing in it is open. */
  async close(): Promise<void> {
    // What could not be written was said to whoever put it.
    await this.#writing?.catch(() => undefined);
    await this.#handle?.close();
    if (this.#open.size > 0) return;
    await rm(this.#file, { force: true });
    // Not when other journals are in it.
    await rmdir(this.dir).catch(() => undefined);
  }

  #append(line: Line): Promise<void> {
    this.#pending.push(line);
    this.#writing ??= this.#write();
    return this.#writing;
  }

  async #write(): Promise<void> {
    try {
      // Everything that is reported in this turn of the event loop goes into one write.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#pending.length > 0) {
        const text = this.#pending.splice(0).map((line) => `${JSON.stringify(line)}\n`);
        this.#handle ??= await open(this.#file, "a", 0o600);
        const bytes = Buffer.from(text.join(""));
        await this.#handle.appendFile(bytes);
        this.#bytes += bytes.length;
        if (this.#open.size === 0 && this.#bytes > TRUNCATE_BYTES) {
          await this.#handle.truncate(0);
          this.#bytes = 0;
        }
      }
    } finally {
      // In the same turn as the last look at what is pending: what comes later begins a write of its own.
      this.#writing = null;
    }
  }
}

/** The entries of a journal that were not done. A last line that was cut short by a crash was never promised. */
function openEntries(journal: string): OutboxEntry[] {
  const open = new Map<string, OutboxEntry>();
  for (const text of journal.split("\n")) {
    if (text === "") continue;
    let line: Line;
    try {
      line = JSON.parse(text) as Line;
    } catch {
      continue;
    }
    if ("put" in line) open.set(line.put.id, line.put);
    else open.delete(line.done);
  }
  return [...open.values()];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}
