import { MjError } from "../errors.js";
import { isRejected, type Rejected, type TaskEvent, transition } from "../domain/lifecycle.js";
import { isTaskRecord } from "../domain/stored-record.js";
import { isTaskId, type TaskRecord } from "../domain/task.js";
import { type Tombstone, tombstoneOf } from "../domain/tombstone.js";
import { OPERATION_HEADER } from "./bucket.js";
import { decodeJson } from "./json.js";
import { isConflict, isUnanswered, publishJson, readLast, type Session } from "./session.js";
import { tail } from "./tail.js";

/** A record and the revision it was read or written at. */
export interface StoredTask {
  record: TaskRecord;
  revision: number;
}

export interface ApplyOptions {
  /** What the caller believes the record to be (null: that there is none): saves the read when it is right. */
  known?: StoredTask | null | undefined;
  /** Tells from a record whether this very event was applied already: settles a write whose answer got lost. */
  applied?: (record: TaskRecord) => boolean;
  /** Which tasks the event is meant for: one that has become another by now is left alone. */
  only?: (record: TaskRecord) => boolean;
  /**
   * How long a write without an answer may stay unsettled, in ms; default 15 s. Who claims must find out, however long
   * it takes: a claim it does not know of would be nobody's work.
   */
  patienceMs?: number;
}

/** A key of the bucket holds something else than a task: only removing it helps. */
export class Unreadable extends MjError {
  constructor(bucket: string, taskId: string) {
    super("failure", `the record of task ${taskId} is not readable`, {
      why: `key ${taskId} of bucket ${bucket} does not hold a task`,
      hint: `remove it with the nats CLI: nats kv del ${bucket} ${taskId}`,
    });
  }
}

/** What watching the bucket tells: a record as it is now, or an id that has none: it was removed, or is not readable. */
export interface TaskWatcher {
  onTask: (record: TaskRecord, revision: number) => void;
  onRemoved: (taskId: string, revision: number, tombstone: Tombstone | null) => void;
  /** Its key holds something else than a task: told before `onRemoved`. */
  onUnreadable?: (error: Unreadable) => void;
  onCaughtUp?: () => void;
  onReset?: () => void;
  signal: AbortSignal;
}

const isRecordOf = (taskId: string, value: unknown): value is TaskRecord =>
  isTaskRecord(value) && value.task_id === taskId;

const MAX_TRIES = 20;
const PATIENCE_MS = 15_000;

/** The task records: every write is a compare-and-set of what `transition` made. */
export class TaskStore {
  constructor(private readonly session: Session) {}

  /** Reads a record from the stream's leader: never older than the last write. @param patienceMs as of `readLast` */
  async get(taskId: string, patienceMs?: number): Promise<StoredTask | null> {
    // Such an id may come from anywhere, and "*" would read another task.
    if (!isTaskId(taskId)) return null;
    const { tasks } = this.session.names;
    const message = await readLast(this.session, tasks.stream, tasks.subject(taskId), patienceMs);
    if (!message || message.headers(OPERATION_HEADER) !== "") return null;
    const record = decodeJson(message.data);
    if (!isRecordOf(taskId, record)) throw new Unreadable(tasks.name, taskId);
    return { record, revision: message.seq };
  }

  /**
   * Applies one event to one record: read, decide, compare-and-set, and again while somebody else wrote first.
   * A write without an answer is settled by reading the record, never by trying blindly.
   */
  async apply(taskId: string, event: TaskEvent, options: ApplyOptions = {}): Promise<StoredTask | Rejected> {
    let current = options.known === undefined ? await this.get(taskId) : options.known;
    // The revision of an absent record: 0, or that of the marker a removed one left.
    let absentAt = options.known === null ? 0 : undefined;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (current && options.applied?.(current.record) === true) return current;
      if (current && options.only?.(current.record) === false) {
        return { rejected: "changed", message: `task ${taskId} has changed: it is ${current.record.status} now` };
      }
      const next = transition(current?.record ?? null, event, this.session.now());
      if (isRejected(next)) {
        // A rejection based on what the caller believed proves nothing: the truth may be newer.
        if (tries > 0 || options.known === undefined) return next;
      } else {
        try {
          const revision = current?.revision ?? absentAt ?? (await this.#lastRevision(taskId));
          return { record: next, revision: await this.#write(next, revision) };
        } catch (error) {
          if (!isConflict(error) && (!isUnanswered(error) || this.session.nc.isClosed())) throw error;
        }
      }
      current = await this.#reread(taskId, performance.now() + (options.patienceMs ?? PATIENCE_MS));
      absentAt = undefined;
    }
    throw new MjError("conflict", `task ${taskId} could not be changed`, {
      why: `${MAX_TRIES} tries lost against other writers, or were not answered`,
      hint: "try again",
      retryable: true,
    });
  }

  /**
   * Follows all records: first each as it is, then what it has become; of changes at once, at least the last. For the
   * dispatcher and overviews only.
   */
  watch(watcher: TaskWatcher): void {
    this.#follow(">", watcher);
  }

  /** The same of one record. */
  watchOne(taskId: string, watcher: TaskWatcher): void {
    this.#follow(taskId, watcher);
  }

  #follow(key: string, watcher: TaskWatcher): void {
    const { tasks } = this.session.names;
    tail(this.session, {
      stream: tasks.stream,
      filter: tasks.subject(key),
      start: "last",
      signal: watcher.signal,
      ...(watcher.onCaughtUp && { onCaughtUp: watcher.onCaughtUp }),
      ...(watcher.onReset && { onReset: watcher.onReset }),
      onMessage: (message) => {
        const id = tasks.keyOf(message.subject);
        const removed = Boolean(message.headers?.get(OPERATION_HEADER));
        const value = message.json();
        if (!removed && isRecordOf(id, value)) return watcher.onTask(value, message.seq);
        if (!removed) watcher.onUnreadable?.(new Unreadable(tasks.name, id));
        watcher.onRemoved(id, message.seq, removed ? tombstoneOf(value) : null);
      },
    });
  }

  /** Every record there is now. */
  async all(signal?: AbortSignal): Promise<TaskRecord[]> {
    const records = new Map<string, TaskRecord>();
    const done = new AbortController();
    try {
      await new Promise<void>((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("interrupted")), { once: true });
        this.watch({
          signal: done.signal,
          onTask: (record) => void records.set(record.task_id, record),
          onRemoved: (id) => void records.delete(id),
          onCaughtUp: resolve,
        });
      });
    } finally {
      done.abort();
    }
    return [...records.values()];
  }

  /** Reads a record after a write whose fate is unknown: a read without an answer settles nothing, so again. */
  async #reread(taskId: string, until: number): Promise<StoredTask | null> {
    // What is asked while the connection is broken may vanish: ask when it stands.
    await this.session.whenConnected(until - performance.now());
    return await this.get(taskId, Math.max(0, until - performance.now()));
  }

  /** A key that was removed leaves a marker whose revision a new record must name. */
  async #lastRevision(taskId: string): Promise<number> {
    const { tasks } = this.session.names;
    return (await readLast(this.session, tasks.stream, tasks.subject(taskId)))?.seq ?? 0;
  }

  async #write(record: TaskRecord, revision: number): Promise<number> {
    const { tasks } = this.session.names;
    return await publishJson(this.session, tasks.subject(record.task_id), record, { lastSubjectSequence: revision });
  }
}
