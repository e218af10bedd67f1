import { SharedText } from "./interned-text.js";
import type { AttemptOutcome, AttemptRecord } from "./task.js";
import type { TaskRow } from "./task-row.js";

/** When an agent worked on a task. Times are ISO-8601 UTC. */
export interface AttemptSpan {
  task_id: string;
  title: string;
  /** Hand-backs are not counted: several can have the same number, none the same epoch. */
  attempt: number;
  epoch: number;
  started_at: string;
  /** Null: it runs. */
  ended_at: string | null;
  outcome: AttemptOutcome | null;
}

/** What an agent worked on, in the order in which it began. */
export interface AgentAttempts {
  agent_id: string;
  /** Null where it is not known any more. */
  role: string | null;
  attempts: AttemptSpan[];
}

/** The newest so many that have ended are kept, and all that run. */
const KEPT_ATTEMPTS = 20_000;
/** More than that are gathered before the oldest are forgotten: it costs a look at all. */
const GATHERED = 1.25;

/** Times in epoch ms; `end` of one that runs is infinite. */
interface Kept {
  task: Pick<TaskRow, "task_id" | "title">;
  agent_id: string;
  role: string | null;
  attempt: number;
  epoch: number;
  start: number;
  end: number;
  outcome: AttemptOutcome | null;
}

const NONE: readonly Kept[] = [];
const endedIn = (spans: readonly Kept[]): number => spans.reduce((sum, { end }) => sum + Number(end < Infinity), 0);

/** Every attempt at every task, as far back as `KEPT_ATTEMPTS` reach. Pure memory, fed with records. */
export class AttemptSpans {
  readonly #ofTask = new Map<string, readonly Kept[]>();
  readonly #shared = new SharedText();
  #ended = 0;
  #forgotten = -Infinity;

  constructor(private readonly kept = KEPT_ATTEMPTS) {}

  /** Takes in what a record says of its attempts. @param row the task's, whose texts are kept instead of the record's */
  apply(row: TaskRow, history: readonly AttemptRecord[]): void {
    const before = this.#ofTask.get(row.task_id) ?? NONE;
    if (history.length === 0 && before === NONE) return;
    const task = { task_id: row.task_id, title: row.title };
    const spans = history.flatMap(({ agent_id, attempt, epoch, started_at, ended_at, outcome }, at): Kept[] => {
      const start = Date.parse(started_at);
      const end = ended_at === null ? Infinity : Date.parse(ended_at);
      // Other programs write records, too: what is no time is no span.
      if (Number.isNaN(start + end) || end <= this.#forgotten) return [];
      // A record names the role of its last attempt only.
      const role = before.find((each) => each.epoch === epoch)?.role ?? (at === history.length - 1 ? row.role : null);
      const agent = this.#shared.text(agent_id);
      return [{ task, agent_id: agent, role, attempt, epoch, start, end: Math.max(start, end), outcome }];
    });
    this.#put(row.task_id, before, spans);
    if (this.#ended > this.kept * GATHERED) this.#forgetOldest();
  }

  remove(taskId: string): void {
    this.#put(taskId, this.#ofTask.get(taskId) ?? NONE, NONE);
  }

  clear(): void {
    this.#ofTask.clear();
    this.#ended = 0;
    this.#forgotten = -Infinity;
  }

  /** Of the attempts that ended then or before, not all are known; ISO-8601 UTC, null: all are. */
  get forgottenUntil(): string | null {
    return this.#forgotten === -Infinity ? null : new Date(this.#forgotten).toISOString();
  }

  /**
   * What ran between two moments, by the agents' names.
   * @param from epoch ms @param to epoch ms
   * @param agents only of these, case-insensitive
   */
  between(from: number, to: number, agents?: readonly string[]): AgentAttempts[] {
    const wanted = agents && new Set(agents.map((name) => name.toLowerCase()));
    const found = new Map<string, Kept[]>();
    const roles = new Map<string, string>();
    for (const spans of this.#ofTask.values()) {
      for (const span of spans) {
        if (span.role !== null) roles.set(span.agent_id, span.role);
        if (span.end < from || span.start > to || wanted?.has(span.agent_id.toLowerCase()) === false) continue;
        const others = found.get(span.agent_id);
        if (others) others.push(span);
        else found.set(span.agent_id, [span]);
      }
    }
    return [...found]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([agent_id, spans]) => ({
        agent_id,
        role: roles.get(agent_id) ?? null,
        attempts: spans.sort((a, b) => a.start - b.start || a.epoch - b.epoch).map(told),
      }));
  }

  #put(taskId: string, before: readonly Kept[], spans: readonly Kept[]): void {
    this.#ended += endedIn(spans) - endedIn(before);
    if (spans.length === 0) this.#ofTask.delete(taskId);
    else this.#ofTask.set(taskId, spans);
  }

  #forgetOldest(): void {
    const ends = new Float64Array(this.#ended);
    let at = 0;
    for (const spans of this.#ofTask.values()) for (const { end } of spans) if (end < Infinity) ends[at++] = end;
    this.#forgotten = ends.sort()[this.#ended - this.kept - 1] ?? this.#forgotten;
    for (const [taskId, spans] of this.#ofTask) {
      const left = spans.filter(({ end }) => end > this.#forgotten);
      if (left.length < spans.length) this.#put(taskId, spans, left);
    }
  }
}

const told = ({ task, attempt, epoch, start, end, outcome }: Kept): AttemptSpan => ({
  ...task,
  ...{ attempt, epoch, outcome },
  started_at: new Date(start).toISOString(),
  ended_at: end === Infinity ? null : new Date(end).toISOString(),
});
