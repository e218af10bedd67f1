import { idOfHandoff } from "./identity.js";
import type { RoleRegistration } from "./role.js";
import { route } from "./route.js";
import type { TaskRecord } from "./task.js";

/**
 * Whether nothing is left that could still come to the roles that run: nothing running or scheduled, nothing
 * available to a role, no hand-off about to be published. Tasks that wait for a person, or for such a task, or that no
 * role matches, do not count: waiting for them could last for ever.
 */
export function nothingLeft(tasks: readonly TaskRecord[], roles: readonly RoleRegistration[]): boolean {
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const moving = new Map<string, boolean>();
  const moves = (task: TaskRecord): boolean => {
    const known = moving.get(task.task_id);
    if (known !== undefined) return known;
    // Set first: blockers that form a circle do not move one another.
    moving.set(task.task_id, false);
    const moves_ = decide(task);
    moving.set(task.task_id, moves_);
    return moves_;
  };
  const decide = (task: TaskRecord): boolean => {
    switch (task.status) {
      case "in_progress":
      case "scheduled":
        return true;
      case "available":
        return route(task, roles).length > 0;
      case "blocked": {
        const blockers = task.blocked_by.flatMap((id) => byId.get(id) ?? []);
        return blockers.some((blocker) => moves(blocker)) || blockers.every((blocker) => blocker.finished_at !== null);
      }
      case "completed":
        return task.handoff.some((_, index) => !byId.has(idOfHandoff(task.task_id, index)));
      default:
        return false;
    }
  };
  return !tasks.some(moves);
}
