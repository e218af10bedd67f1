import { type FileHandle, mkdir, open, readFile, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptReport } from "../domain/report.js";
import { abandonedJournals, journalName, leftJournalName, thisOwner } from "../journal-owner.js";

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
const RETRY_MS = 1_000;

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
  /** The last write failed: the file may end in the middle of a line. */
  #torn = false;
  /** What could not be written and is not done. */
  readonly #unwritten = new Map<string, OutboxEntry>();
  #retry: NodeJS.Timeout | undefined;

  private constructor(
    private readonly dir: string,
    private readonly id: string,
    file: string,
  ) {
    this.#file = join(dir, file);
  }

  /** @param id tells it from others of this process */
  static async open(dir: string, id: string): Promise<Outbox> {
    const outbox = new Outbox(dir, id, journalName(await thisOwner(), id));
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return outbox;
  }

  /**
   * Resolves when the entry is in the file. Rejects when it cannot be written (disk full): nothing was sent then, and
   * writing it is tried again until it is done.
   */
  put(entry: OutboxEntry): Promise<void> {
    this.#open.add(entry.id);
    return this.#append({ put: entry });
  }

  /** The record has taken or refused the report: the entry needs no replay. */
  done(id: string): void {
    this.#open.delete(id);
    if (this.#unwritten.delete(id)) return;
    // Losing this line costs one replay that is refused.
    this.#append({ done: id }).catch(() => undefined);
  }

  /** What launchers that are gone have left; `forget` removes it once it is dealt with. */
  async leftovers(): Promise<{ entries: OutboxEntry[]; forget: () => Promise<void> }[]> {
    const journals = await abandonedJournals(this.dir);
    const found = await Promise.all(
      journals.map(async ({ name }) => {
        const file = join(this.dir, name);
        const journal = await readFile(file, "utf8").catch(() => null);
        // Somebody else has dealt with it, or it cannot be read now: nothing to forget.
        if (journal === null) return [];
        return [{ entries: openEntries(journal), forget: () => rm(file, { force: true }) }];
      }),
    );
    return found.flat();
  }

  /** Removes the journal if nothing in it is open, else leaves it to whoever starts next, in this process or another. */
  async close(): Promise<void> {
    // What could not be written was said to whoever put it.
    await this.#writing?.catch(() => undefined);
    await this.#writeLate();
    clearTimeout(this.#retry);
    await this.#handle?.close();
    this.#handle = undefined;
    if (this.#open.size > 0) {
      // It may never have been there: a disk that was full all the time.
      await rename(this.#file, join(this.dir, leftJournalName(this.id))).catch(() => undefined);
      return;
    }
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
    let lines: Line[] = [];
    try {
      // Everything that is reported in this turn of the event loop goes into one write.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#pending.length > 0) {
        lines = this.#pending.splice(0);
        await this.#writeGroup(lines);
      }
    } catch (error) {
      await this.#afterFailure();
      for (const line of [...lines, ...this.#pending.splice(0)]) {
        if ("put" in line && this.#open.has(line.put.id)) this.#unwritten.set(line.put.id, line.put);
      }
      throw error;
    } finally {
      // In the same turn as the last look at what is pending: what comes later begins a write of its own.
      this.#writing = null;
    }
  }

  async #writeGroup(lines: readonly Line[]): Promise<void> {
    this.#handle ??= await this.#openFile();
    // After a failed write the file may end in the middle of a line, which would swallow this one.
    const text = (this.#torn ? "\n" : "") + lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const bytes = Buffer.from(text);
    await this.#handle.appendFile(bytes);
    this.#torn = false;
    this.#bytes += bytes.length;
    if (this.#open.size > 0 || this.#bytes < TRUNCATE_BYTES) return;
    await this.#handle.truncate(0);
    this.#bytes = 0;
  }

  async #openFile(): Promise<FileHandle> {
    // Another launcher that ended may have removed the folder, which was empty then.
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    const handle = await open(this.#file, "a", 0o600);
    this.#bytes = (await handle.stat()).size;
    return handle;
  }

  async #afterFailure(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#torn = true;
    // The half of a line is in the way of a whole one when space is short.
    await handle?.truncate(this.#bytes).catch(() => undefined);
    await handle?.close().catch(() => undefined);
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      void this.#writeLate();
    }, RETRY_MS).unref();
  }

  /** Tries again to write what could not be written and is not done, one by one: a smaller one may fit. */
  async #writeLate(): Promise<void> {
    for (const [id, put] of [...this.#unwritten]) {
      if (!this.#unwritten.has(id)) continue;
      await this.#append({ put }).then(
        () => this.#unwritten.delete(id),
        () => undefined,
      );
    }
  }
}

/** The entries of a journal that were not done. A line that was cut short was never promised. */
function openEntries(journal: string): OutboxEntry[] {
  const open = new Map<string, OutboxEntry>();
  for (const text of journal.split("\n")) {
    const line = lineOf(text);
    if (line === null) continue;
    if ("put" in line) open.set(line.put.id, line.put);
    else open.delete(line.done);
  }
  return [...open.values()];
}

function lineOf(text: string): Line | null {
  try {
    const line = JSON.parse(text) as unknown;
    return typeof line === "object" ? (line as Line | null) : null;
  } catch {
    return null;
  }
}
