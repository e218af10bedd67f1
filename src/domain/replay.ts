import { AgentReplay, type ReplayedAgent } from "./agent-replay.js";
import type { LogEvent } from "./event-log.js";
import type { Beat } from "./message.js";
import { type ReplayedTask, TaskReplay } from "./task-replay.js";
import { type Status, STATUSES } from "./task.js";

/** What the log cannot tell of that moment. */
export interface Gap {
  kind: "before_the_log" | "nothing_since" | "unknown_status";
  text: string;
  /** The tasks it is about, where they are known. */
  task_ids: string[];
}

/** What the fleet looked like at a moment. */
export interface Replay {
  at: string;
  log_begins: string;
  tasks: Record<Status, number>;
  /** Ended in the hour before. */
  last_hour: { completed: number; failed: number };
  running: ReplayedTask[];
  waiting: ReplayedTask[];
  failed: ReplayedTask[];
  agents: (ReplayedAgent & { current_tasks: string[] })[];
  gaps: Gap[];
}

/** How far back the log goes. `whole`: nothing was in it before that. */
export interface LogExtent {
  begins: string;
  whole: boolean;
}

const HOUR_MS = 3_600_000;

/** Folds the event log, in the order of the stream, into what the fleet looked like at a moment. Pure memory. */
export class FleetReplay {
  readonly #at: number;
  readonly #tasks = new TaskReplay();
  readonly #agents = new AgentReplay();
  /** Tasks the log tells of after the moment: whether it has their publication. */
  readonly #later = new Map<string, boolean>();

  constructor(at: Date) {
    this.#at = at.getTime();
  }

  /** Takes the next event in; also those after the moment, as they tell what had been there. */
  take(event: LogEvent): void {
    if (Date.parse(event.time) <= this.#at) this.#happened(event);
    // A claim may have been stored a moment before the publication.
    else if (event.kind === "published") this.#later.set(event.task_id, true);
    else if ("title" in event && !this.#later.has(event.task_id)) this.#later.set(event.task_id, false);
  }

  /** Takes in the last beat of an agent, of whatever moment: the stream keeps no other. @param time when it was stored */
  beat(beat: Beat, time: Date): void {
    this.#agents.beat(beat, time);
  }

  result(log: LogExtent): Replay {
    const tasks = [...this.#tasks.tasks()];
    const of = (...statuses: readonly Status[]): ReplayedTask[] =>
      tasks.filter(({ status }) => status !== null && statuses.includes(status));
    const recent = (status: Status): number =>
      of(status).filter(({ since }) => this.#at - Date.parse(since) < HOUR_MS).length;
    const running = of("in_progress");
    const agents = this.#agents.present(this.#at, Date.parse(log.begins)).map((agent) => ({
      ...agent,
      current_tasks: running.flatMap(({ task_id, agent_id }) => (agent_id === agent.agent_id ? [task_id] : [])),
    }));
    return {
      at: new Date(this.#at).toISOString(),
      log_begins: log.begins,
      tasks: Object.fromEntries(STATUSES.map((status) => [status, of(status).length])) as Record<Status, number>,
      last_hour: { completed: recent("completed"), failed: recent("failed") },
      running,
      waiting: of("available", "scheduled", "blocked", "awaiting_approval"),
      failed: of("failed"),
      agents,
      gaps: this.#gaps(log, tasks),
    };
  }

  #happened(event: LogEvent): void {
    switch (event.kind) {
      case "published":
        this.#tasks.publish(event);
        break;
      case "agent_online":
      case "agent_offline":
      case "agent_lost":
        this.#agents.attend(event);
        break;
      case "error":
        if (event.sequence !== null) this.#tasks.unpublish(event.sequence);
        break;
      default:
        this.#tasks.happen(event);
        if (event.kind === "claimed" && event.agent_id !== null) {
          this.#agents.claim(event.agent_id, event.role, event.time);
        }
    }
  }

  #gaps({ begins, whole }: LogExtent, tasks: readonly ReplayedTask[]): Gap[] {
    const gaps: Gap[] = [];
    const gap = (kind: Gap["kind"], text: string, task_ids: string[] = []): void =>
      void gaps.push({ kind, text, task_ids });
    const from = `the log begins at ${begins.replace(/\.\d+Z$/, "Z")}`;
    if (this.#at < Date.parse(begins)) gap("before_the_log", `${from}, after this moment`);
    else if (!whole) gap("nothing_since", `${from}: older tasks without news are missing`);
    const unknown = [...this.#later].flatMap(([id, isNew]) => (isNew || this.#tasks.has(id) ? [] : [id]));
    for (const { task_id, status } of tasks) if (status === null) unknown.push(task_id);
    if (unknown.length > 0) {
      const many = unknown.length === 1 ? "1 task was" : `${unknown.length} tasks were`;
      gap("unknown_status", `${many} there; the log does not tell in which status`, unknown);
    }
    return gaps;
  }
}
