import { nothingLeft } from "../domain/drained.js";
import type { RoleRegistration } from "../domain/role.js";
import { pendingEvents } from "../nats/feed.js";
import { watchRoles } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import type { TaskRecord } from "../domain/task.js";

const LOOK_MS = 200;

/**
 * Resolves when nothing is left to do for anybody: no task that could still move, and no event that a watching role
 * has not dealt with.
 */
export async function untilNothingLeft(session: Session, isIdle: () => boolean, signal: AbortSignal): Promise<void> {
  const tasks = new Map<string, TaskRecord>();
  const roles = new Map<string, RoleRegistration>();
  const caughtUp = { tasks: false, roles: false };
  const done = new AbortController();
  const both = AbortSignal.any([signal, done.signal]);
  new TaskStore(session).watch({
    signal: both,
    onTask: (record) => void tasks.set(record.task_id, record),
    onRemoved: (id) => void tasks.delete(id),
    onCaughtUp: () => (caughtUp.tasks = true),
  });
  watchRoles(session, {
    signal: both,
    onRole: (name, role) => {
      if (role) roles.set(name, role);
      else roles.delete(name);
    },
    onCaughtUp: () => (caughtUp.roles = true),
  });
  const quiet = (): boolean =>
    caughtUp.tasks && caughtUp.roles && isIdle() && nothingLeft([...tasks.values()], [...roles.values()]);
  try {
    while (!signal.aborted) {
      if (quiet() && (await watchersDone(session, [...roles.values()])) && quiet()) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    done.abort();
  }
}

async function watchersDone(session: Session, roles: readonly RoleRegistration[]): Promise<boolean> {
  const consumers = roles.flatMap((role) => role.watch.map((event) => session.names.watchConsumer(role.name, event)));
  const pending = await Promise.all(consumers.map((consumer) => pendingEvents(session, consumer)));
  return pending.every((count) => count === 0);
}
