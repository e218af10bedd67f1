import { nothingLeft } from "../domain/drained.js";
import type { RoleRegistration } from "../domain/role.js";
import type { TaskRecord } from "../domain/task.js";
import { pendingEvents } from "../nats/feed.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import type { Launcher } from "./launcher.js";

const LOOK_MS = 200;

/**
 * Resolves when nothing is left to do for the agents of a launcher: no task that could still come to them, and no
 * event that those who watch have not dealt with. Work for roles that run elsewhere, or nowhere, is not waited for.
 */
export async function untilNothingLeft(session: Session, launcher: Launcher, signal: AbortSignal): Promise<void> {
  const tasks = new Map<string, TaskRecord>();
  let caughtUp = false;
  const done = new AbortController();
  new TaskStore(session).watch({
    signal: AbortSignal.any([signal, done.signal]),
    onTask: (record) => void tasks.set(record.task_id, record),
    onRemoved: (id) => void tasks.delete(id),
    onCaughtUp: () => (caughtUp = true),
  });
  const quiet = (): boolean => caughtUp && launcher.idle && nothingLeft([...tasks.values()], launcher.roles);
  try {
    while (!signal.aborted) {
      if (quiet() && (await watchersDone(session, launcher.roles)) && quiet()) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    done.abort();
  }
}

async function watchersDone(session: Session, roles: readonly RoleRegistration[]): Promise<boolean> {
  const consumers = roles.flatMap((role) => role.watch.map((event) => session.names.watchConsumer(role.name, event)));
  // Not answered: not known to be done.
  const pending = await Promise.all(consumers.map((consumer) => pendingEvents(session, consumer).catch(() => 1)));
  return pending.every((count) => count === 0);
}
