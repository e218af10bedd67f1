import { type DependencyNode, someOf, topologicalOrder } from "./dependencies.js";
import { excerpt, type Finding, type Findings } from "./finding.js";
import { blockerState } from "./blocker-state.js";
import { standingOf } from "./standing.js";
import { noDispatcher, type Routing } from "./takers.js";
import { isTaskId, type Status, type TaskRecord } from "./task.js";

/** A task's record; null: there is none; undefined: nobody has looked. */
export type Reader = (taskId: string) => TaskRecord | null | undefined;

/** Where a chain of blockers ends. */
export interface Root {
  /** Ids from the task that waits to the one that decides. */
  path: string[];
  findings: Findings;
}

/** A task on the way, and the one that waits for it. */
interface Step {
  id: string;
  from: Step | null;
}

interface Waiter extends Step {
  record: TaskRecord;
}

/** What somebody has to do something about, so that it is told first. */
const NEEDS_SOMEBODY: ReadonlySet<Finding["code"]> = new Set<Finding["code"]>([
  ...(["cycle", "blocker_missing", "failed", "cancelled", "awaiting_approval", "unrouted"] as const),
  ...(["paused", "no_agent", "overdue", "not_running", "no_dispatcher"] as const),
]);

/** What a blocked task waits for in the end: every chain followed down, what needs somebody first. */
export function rootsOf(task: TaskRecord, read: Reader, routing: Routing): Root[] {
  const roots: Root[] = [];
  const seen = new Set([task.task_id]);
  const waiters: Waiter[] = [{ id: task.task_id, from: null, record: task }];
  const root = (at: Step, findings: Findings): void => void roots.push({ path: pathTo(at), findings });
  // Grows while it is walked through: breadth first, so that each path is a shortest one.
  for (const waiter of waiters) {
    const { blocked_by, on_blocker_failure } = waiter.record;
    const open = blocked_by.filter((id) => {
      const status = read(id)?.status;
      const state = status === undefined ? "open" : blockerState(status);
      return state === "open" || (state === "failed" && on_blocker_failure === "fail");
    });
    if (open.length === 0) {
      root(waiter, [{ code: "unblocking", text: "waits for nothing any more" }, ...noDispatcher(routing)]);
    }
    const unread = open.filter((id) => read(id) === undefined);
    if (unread.length > 0) root(waiter, [{ code: "blocked", text: `waits for ${someOf(unread.map(shortId))}` }]);
    for (const id of open) {
      const record = read(id);
      if (record === undefined || seen.has(id)) continue;
      seen.add(id);
      const step = { id, from: waiter };
      if (record === null) root(step, [missing(id, waiter.record)]);
      else if (record.status === "blocked") waiters.push({ ...step, record });
      else {
        const { path, findings } = rootOfEnd(record, record.status, read, routing);
        roots.push({ path: [...pathTo(step), ...path.slice(1)], findings });
      }
    }
  }
  const urgent = ({ findings }: Root): boolean => findings.some(({ code }) => NEEDS_SOMEBODY.has(code));
  return [...cycleOf(waiters), ...roots.filter(urgent), ...roots.filter((each) => !urgent(each))];
}

/** How a task stands that is not blocked: of one that failed with what it waited for, how that stands. */
export function rootOfEnd(task: TaskRecord, status: Exclude<Status, "blocked">, read: Reader, routing: Routing): Root {
  const path = [task.task_id];
  let last = task;
  while (last.error?.reason === "dependency_failed") {
    const culprit = last.blocked_by.find((id) => blockerState(read(id)?.status ?? "blocked") === "failed");
    const record = culprit === undefined ? null : read(culprit);
    if (!record || path.includes(record.task_id)) break;
    path.push(record.task_id);
    last = record;
  }
  const [first, ...more] = standingOf(last, last.status === "blocked" ? status : last.status, routing);
  if (task.error?.reason !== "dependency_failed") return { path, findings: [first, ...more] };
  const again = { command: `mjagent retry ${task.task_id}`, text: "runs it, once what it waits for is completed" };
  const isMended = last === task && task.blocked_by.every((id) => read(id) !== undefined);
  if (isMended) {
    const text = "Nothing that it waits for is failed any more";
    return {
      path,
      findings: [
        { ...first, next: [again] },
        { code: "mended", text },
      ],
    };
  }
  return { path, findings: [{ ...first, next: [...(first.next ?? []), again] }, ...more] };
}

function pathTo(step: Step): string[] {
  const path: string[] = [];
  for (let at: Step | null = step; at; at = at.from) path.push(at.id);
  return path.reverse();
}

const shortId = (id: string): string => excerpt(id, 130);

function missing(id: string, waiter: TaskRecord): Finding {
  const cancel = { command: `mjagent cancel ${waiter.task_id}`, text: "ends what waits for it" };
  // Any NATS client may have written that id: what is none is not to be typed into a shell.
  const publish = { command: `mjagent publish --id ${id} --title "…"`, text: "publishes it" };
  const text = "does not exist: it was never published, or has been removed";
  return { code: "blocker_missing", text, next: isTaskId(id) ? [publish, cancel] : [cancel] };
}

/** Tasks that wait for one another, as only clients that write records themselves can make them. */
function cycleOf(waiters: readonly Waiter[]): Root[] {
  const nodes = waiters.map(({ id, record }): DependencyNode => ({ id, after: record.blocked_by }));
  const order = topologicalOrder(nodes);
  if ("levels" in order) return [];
  const [first = ""] = order.cycle;
  const at = waiters.find(({ id }) => id === first);
  const text = `waits for itself, so that nothing here can start: ${chainText(order.cycle, " → ")}`;
  const next = [
    { command: `mjagent cancel ${first}`, text: "breaks the circle; what waits for it fails and can be retried" },
  ];
  return at ? [{ path: pathTo(at), findings: [{ code: "cycle", text, next }] }] : [];
}

const SHOWN = 6;

/** A chain of ids in words, its middle left out when it is long. */
export function chainText(ids: readonly string[], between: string): string {
  const short = ids.map(shortId);
  if (short.length <= SHOWN) return short.join(between);
  const half = SHOWN / 2;
  return [...short.slice(0, half), `(${short.length - SHOWN} more)`, ...short.slice(-half)].join(between);
}
