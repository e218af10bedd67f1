import { type LogEvent, readEvent } from "../../src/domain/event-log.js";
import { type Beat, type Move, moveMessage, taskEventMessage, type TaskEventName } from "../../src/domain/message.js";
import type { TaskEvent } from "../../src/domain/lifecycle.js";
import { NewTask, type NewTaskInput, type TaskRecord } from "../../src/domain/task.js";
import { apply, later } from "./records.js";

export const CREATED = Date.parse(later(-3_600_000));

/** An event log as the programs write it: each step one minute after the other, from NOW on. */
export class TestLog {
  readonly events: LogEvent[] = [];
  readonly beats: { beat: Beat; time: Date }[] = [];
  #seq = 0;

  /** Stores a message as it is. @returns what is read of it */
  say(channel: string, body: unknown, recorded = false): LogEvent | null {
    const seq = ++this.#seq;
    const message = { channel, seq, time: new Date(later(seq * 60_000)), recorded, json: () => body };
    const event = readEvent(message, CREATED);
    if (event) this.events.push(event);
    return event;
  }

  beat(beat: Beat): void {
    this.beats.push({ beat, time: new Date(later(++this.#seq * 60_000)) });
  }

  /** The time of the last message. */
  get now(): string {
    return later(this.#seq * 60_000);
  }

  /** The time the next message will have. */
  get next(): string {
    return later((this.#seq + 1) * 60_000);
  }

  publish(task: NewTaskInput & { task_id: string }, ...blockers: ("open" | "completed" | "failed")[]): TaskRecord {
    const { task_id } = task;
    const record = apply(null, { type: "published", task_id, task: NewTask.parse(task), blockers }, this.next);
    this.say("tasks.available", record, true);
    return record;
  }

  /** Something happens to a task, and is announced. */
  happen(name: TaskEventName, before: TaskRecord, event: TaskEvent): TaskRecord {
    const record = apply(before, event, this.next);
    const by = { agent_id: record.owner ?? before.owner, attempt: record.attempts };
    this.say(`tasks.${name}`, taskEventMessage(record, name, by));
    return record;
  }

  move(move: Move, before: TaskRecord, event: TaskEvent): TaskRecord {
    const record = apply(before, event, this.next);
    this.say("tasks.available", moveMessage(record, move), true);
    return record;
  }

  claim(before: TaskRecord, owner = "Debbie"): TaskRecord {
    return this.happen("claimed", before, {
      ...{ type: "claimed", owner, instance_id: "i1", max_attempts: 3, role: "debbie" },
    });
  }

  agent(type: string, agent_id = "Debbie", instance_id = "i1"): this {
    const message = `${agent_id} ${type}`;
    this.say("coordination", { type, agent_id, role: "debbie", instance_id, host: "box", pid: 7, message });
    return this;
  }
}
