import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration } from "../domain/duration.js";
import { type Expired, prune, type Pruning } from "../domain/retention.js";
import type { FleetView } from "../domain/view.js";
import { readKey } from "../nats/bucket.js";
import type { Notices } from "../nats/notices.js";
import type { Session } from "../nats/session.js";
import { type Bounds, layTombstone, leavesMarkers, liftTombstone, readBounds } from "../nats/tombstones.js";
import { Rounds } from "./rounds.js";

/** Nobody waits for a removal: a look goes over every task that has ended. */
const LOOK_MS = 5 * 60_000;
/** What is kept by an open task goes without anything coming of age: look at least this often. */
const MAX_SLEEP_MS = 3_600_000;
const RETRY_MS = 60_000;
/** So many at once, and a rest after them: a backlog of any size leaves the server to those who work. */
const AT_ONCE = 50;
const REST_MS = 100;

/**
 * Removes tasks that ended longer ago than the workspace keeps them, while this process leads. The record goes first,
 * so that nobody can retry a task whose payload is gone; its tombstone says that there is more to remove, to whoever
 * leads then, and goes last.
 */
export class Pruner {
  readonly #rounds: Rounds;

  /** @param retention in ms, null: for ever; undefined while not everything is known that decides */
  constructor(
    private readonly session: Session,
    private readonly view: FleetView,
    private readonly retention: () => number | null | undefined,
    private readonly signal: AbortSignal,
    private readonly notices: Notices,
  ) {
    this.#rounds = new Rounds(() => this.#round(), signal);
  }

  /** Looks now: what decides is known, or has changed. */
  look(): void {
    this.#rounds.look();
  }

  /** Removes all there is to remove. @returns ms until the next look */
  async #round(): Promise<number> {
    let removed = 0;
    let age = 0;
    try {
      for (;;) {
        const bounds = await readBounds(this.session);
        const retention_ms = this.retention();
        // Whoever has the rest to tell calls `look`.
        if (this.signal.aborted || retention_ms === undefined) return MAX_SLEEP_MS;
        age = retention_ms ?? age;
        const now = this.session.now();
        const input = { now: Date.parse(now), retention_ms, log_begins: bounds.log_begins };
        const { remove, lift, wake_ms } = prune(this.view, input, AT_ONCE);
        if (remove.length + lift.length === 0)
          return Math.min(Math.max(wake_ms ?? MAX_SLEEP_MS, LOOK_MS), MAX_SLEEP_MS);
        const gone = await Promise.all(remove.map((task) => this.#remove(task, now, bounds)));
        removed += gone.filter((how) => how === "removed").length;
        await this.#lift(lift);
        // What others wrote meanwhile, the watch has yet to tell.
        if (lift.length === 0 && gone.every((how) => how === "changed")) return LOOK_MS;
        await sleep(REST_MS);
      }
    } catch (error) {
      if (!this.signal.aborted) this.notices.trouble("removing old tasks", error);
      return RETRY_MS;
    } finally {
      const tasks = removed === 1 ? "1 task" : `${removed} tasks`;
      if (removed > 0) this.notices.say(`removed ${tasks} that ended more than ${formatDuration(age)} ago`);
    }
  }

  async #remove(
    expired: Expired,
    now: string,
    { logs, artifacts }: Bounds,
  ): Promise<"removed" | "missing" | "changed"> {
    const { task_id, revision, status } = expired;
    const tombstone = { status, removed_at: now, logs, artifacts };
    const laidAt = await layTombstone(this.session, task_id, revision, tombstone);
    if (laidAt !== null) {
      // The watch tells too, but not before the next batch is chosen.
      this.view.remove(task_id, laidAt, tombstone);
      return "removed";
    }
    const { value } = await readKey(this.session, this.session.names.tasks, task_id);
    if (value !== undefined) return "changed";
    // Its removal never reached us, or our own one was not answered.
    this.view.remove(task_id, revision);
    return "missing";
  }

  async #lift(stones: Pruning["lift"]): Promise<void> {
    if (stones.length === 0) return;
    const leavesMarker = await leavesMarkers(this.session);
    await Promise.all(
      stones.map(async (stone) => {
        await liftTombstone(this.session, stone.task_id, stone, leavesMarker);
        this.view.remove(stone.task_id, stone.revision);
      }),
    );
  }
}
