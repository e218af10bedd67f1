import { takersOf } from "./admission.js";
import { fileLine } from "./file-line.js";
import { idOfHandoff } from "./identity.js";
import { type Lane, laneOf } from "./lanes.js";
import { blockerState } from "./blocker-state.js";
import { type TaskEvent } from "./lifecycle.js";
import type { Verdict } from "./liveness.js";
import { route } from "./route.js";
import type { WorkspaceState } from "./settings.js";
import type { NewTask, TaskRecord } from "./task.js";
import type { FleetView } from "./view.js";

/** What the dispatcher should do next. Each is a compare-and-set or idempotent, so doing one twice is harmless. */
export type Action =
  | { do: "apply"; task_id: string; event: TaskEvent }
  | { do: "token"; task_id: string; role: string; lane: Lane }
  | { do: "publish"; task_id: string; task: NewTask };

export interface ReconcileInput {
  /** Epoch ms; compared with `not_before` only. */
  now: number;
  /** Whether an owner is still there. */
  verdict: (agentId: string, instanceId: string) => Verdict;
  settings: WorkspaceState;
  /** The roles that agents are online for. */
  attended: ReadonlySet<string>;
}

export interface Reconciliation {
  actions: Action[];
  /** Ms until something here may be due without anything having changed; null when nothing is. */
  wake_ms: number | null;
  /** The available tasks that must wait for files; null when none of those looked at needs any. */
  waiting: ReadonlySet<string> | null;
}

/**
 * What is, held against what should be: the whole work of the dispatcher as one pure function.
 * @param ids which tasks to look at; default: all
 */
export function reconcile(view: FleetView, input: ReconcileInput, ids?: Iterable<string>): Reconciliation {
  const actions: Action[] = [];
  let wake: number | null = null;
  const wakeIn = (ms: number): void => {
    wake = wake === null ? ms : Math.min(wake, ms);
  };
  let waiting: ReadonlySet<string> | null = null;
  for (const id of ids ?? [...view.openIds(), ...view.handingOffIds()]) {
    const record = view.open(id);
    // Of all of them: who must wait is a matter of who is before it.
    if (record?.status === "available" && record.files.length > 0) waiting ??= waitingForFiles(view, input);
    if (waiting?.has(id)) continue;
    if (record) actions.push(...reconcileOpen(view, record, input, wakeIn));
    else actions.push(...handoffs(view, id));
  }
  return { actions, wake_ms: wake, waiting };
}

function waitingForFiles(view: FleetView, { settings, attended, now }: ReconcileInput): ReadonlySet<string> {
  const takers = takersOf(view.roles(), settings, attended, now);
  const line = fileLine(view.filed(), settings.slots, (task) => route(task, takers).length > 0);
  return new Set(line.keys());
}

function reconcileOpen(
  view: FleetView,
  record: TaskRecord,
  input: ReconcileInput,
  wakeIn: (ms: number) => void,
): Action[] {
  const { task_id } = record;
  switch (record.status) {
    case "blocked":
      return unblock(view, record);
    case "scheduled": {
      const wait = Date.parse(record.not_before ?? "") - input.now;
      if (wait > 0) {
        wakeIn(wait);
        return [];
      }
      return [{ do: "apply", task_id, event: { type: "due" } }];
    }
    case "available":
      return view
        .rolesWithoutToken(task_id)
        .map((role): Action => ({ do: "token", task_id, role, lane: laneOf(record.priority) }));
    case "in_progress": {
      const { owner, instance_id, epoch } = record;
      if (owner === null || instance_id === null) return [];
      const verdict = input.verdict(owner, instance_id);
      if (!verdict.lost) {
        wakeIn(verdict.recheck_ms);
        return [];
      }
      const fence = { owner, instance_id, epoch };
      return [{ do: "apply", task_id, event: { type: "owner_lost", fence, message: verdict.why } }];
    }
    default:
      return [];
  }
}

function unblock(view: FleetView, record: TaskRecord): Action[] {
  const { task_id } = record;
  let waiting = false;
  for (const blocker of record.blocked_by) {
    const status = view.status(blocker);
    // A blocker nobody has seen yet may still be on its way: wait.
    const state = status === undefined ? "open" : blockerState(status);
    if (state === "failed" && record.on_blocker_failure === "fail") {
      const message = `${blocker}, which it waits for, is ${status ?? "gone"}`;
      return [{ do: "apply", task_id, event: { type: "blocker_failed", blocker_id: blocker, message } }];
    }
    waiting ||= state === "open";
  }
  return waiting ? [] : [{ do: "apply", task_id, event: { type: "unblocked" } }];
}

function handoffs(view: FleetView, id: string): Action[] {
  const parent = view.handingOff(id);
  if (!parent) return [];
  return parent.handoff.flatMap((task, index): Action[] => {
    const task_id = idOfHandoff(id, index);
    return view.task(task_id) === undefined ? [{ do: "publish", task_id, task }] : [];
  });
}
