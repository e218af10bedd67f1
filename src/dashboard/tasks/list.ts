import { batch, signal } from "@preact/signals";
import { listTasks, Problem, problemFrom } from "../api.js";
import { patched, type TaskChange } from "../live/reduce.js";
import type { TaskRow } from "../wire.js";

/** The query as it is now: a duration in it counts back from the moment of reading. */
type TaskListQuery = () => URLSearchParams;

const PAGE = 200;
/** Between two readings of a list that goes on changing; longer when reading takes long. */
const REREAD_MS = 1_000;

/** The tasks to which a query applies, read as far as somebody has scrolled, and kept up to date. */
export class TaskList {
  readonly rows = signal<readonly TaskRow[]>([]);
  /** Null before it was read. */
  readonly total = signal<number | null>(null);
  readonly problem = signal<Problem | null>(null);
  /** True when the list has changed and was not read again: its reader would lose the place. */
  readonly stale = signal(false);

  #cursor: string | null = null;
  #reading: Promise<void> | null = null;
  #timer: number | undefined;
  #costMs = 0;
  #query: TaskListQuery = () => new URLSearchParams();
  #asked = new AbortController();

  /** Asks for other tasks: those that are shown stay until the answer is there. */
  async ask(query: TaskListQuery): Promise<void> {
    this.#query = query;
    this.#asked.abort();
    this.#asked = new AbortController();
    await this.readAnew();
  }

  /** Reads on until there are so many, or no more. */
  async readTo(count: number): Promise<void> {
    while (this.#reading) await this.#reading;
    if (this.total.value !== null && (this.rows.value.length >= count || this.#cursor === null)) return;
    this.#reading = this.#readOn().finally(() => void (this.#reading = null));
    await this.#reading;
    if (!this.problem.value && !this.#asked.signal.aborted) await this.readTo(count);
  }

  /** Reads the beginning again. */
  async readAnew(): Promise<void> {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#reading) await this.#reading;
    this.#reading = this.#readOn(true).finally(() => void (this.#reading = null));
    await this.#reading;
  }

  /** @param atTop whether the beginning is on the screen: then what changed may move */
  take(changes: readonly TaskChange[] | null, atTop: boolean): void {
    if (changes !== null) this.rows.value = patched(this.rows.value, changes);
    if (!atTop) this.stale.value = true;
    else this.#timer ??= window.setTimeout(() => void this.readAnew(), Math.max(REREAD_MS, 5 * this.#costMs));
  }

  end(): void {
    this.#asked.abort();
    window.clearTimeout(this.#timer);
  }

  async #readOn(anew = false): Promise<void> {
    const params = this.#query();
    const { signal } = this.#asked;
    params.set("limit", String(PAGE));
    if (!anew && this.#cursor !== null) params.set("cursor", this.#cursor);
    const from = performance.now();
    try {
      const page = await listTasks(params, signal);
      const known = new Set(anew ? [] : this.rows.value.map(({ task_id }) => task_id));
      batch(() => {
        // A task may have moved behind the place meanwhile: it is shown once.
        const fresh = page.tasks.filter(({ task_id }) => !known.has(task_id));
        this.rows.value = anew ? page.tasks : [...this.rows.value, ...fresh];
        this.total.value = page.total;
        this.problem.value = null;
        if (anew) this.stale.value = false;
      });
      this.#cursor = page.next_cursor;
    } catch (error) {
      if (!signal.aborted) this.problem.value = problemFrom(error);
    }
    this.#costMs = performance.now() - from;
  }
}
