import { type Lock, locksOf } from "../domain/locks.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import { currentRouting } from "./snapshot.js";

/** Which tasks hold files now, and which wait for them. */
export async function listLocks(session: Session): Promise<Lock[]> {
  const [tasks, routing] = await Promise.all([new TaskStore(session).all(), currentRouting(session)]);
  return locksOf(tasks, routing);
}
