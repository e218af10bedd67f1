import { idOfHandoff } from "./identity.js";
import type { RoleRegistration } from "./role.js";
import { route } from "./route.js";
import type { TaskRecord } from "./task.js";

/**
 * Whether nothing is left that could still come to these roles: nothing running (it may hand off to them), nothing
 * scheduled or available for them, nothing about to be unblocked, no hand-off about to be published. What waits for a
 * person, for such a task, or for other roles does not count: waiting for it could last for ever.
 */
export function nothingLeft(tasks: readonly TaskRecord[], roles: readonly RoleRegistration[]): boolean {
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const isLeft = (task: TaskRecord): boolean => {
    switch (task.status) {
      case "in_progress":
        return true;
      case "scheduled":
      case "available":
        return route(task, roles).length > 0;
      // While a blocker is open, the blocker is what is left, or is not.
      case "blocked":
        return task.blocked_by.every((id) => (byId.get(id)?.finished_at ?? null) !== null);
      case "completed":
        return task.handoff.some((_, index) => !byId.has(idOfHandoff(task.task_id, index)));
      default:
        return false;
    }
  };
  return !tasks.some(isLeft);
}
