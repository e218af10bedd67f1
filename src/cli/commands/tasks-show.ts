import type { TaskRecord } from "../../domain/task.js";
import { MjError } from "../../errors.js";
import type { Session } from "../../nats/session.js";
import { getRecord, getTask } from "../../operations/tasks.js";
import { whyTask } from "../../operations/why.js";
import type { CommandContext } from "../context.js";
import { type Surroundings, taskDetail } from "../task-detail.js";

const BLOCKERS_SHOWN = 20;

export async function run({ out, args, session: open }: CommandContext): Promise<undefined> {
  const session = await open();
  const task = await getTask(session, args[0] ?? "");
  const around = out.json || out.quiet ? null : await surroundings(session, task);
  out.item(task, {
    id: (record) => record.task_id,
    text: (record, style) => (around ? taskDetail(record, { ...around, width: out.width }, style) : ""),
  });
}

/** What only people are shown: a program asks for it by itself. */
async function surroundings(session: Session, task: TaskRecord): Promise<Omit<Surroundings, "width">> {
  const [why, blockers] = await Promise.all([
    whyTask(session, task.task_id),
    Promise.all(task.blocked_by.slice(0, BLOCKERS_SHOWN).map((id) => blockerStatus(session, id))),
  ]);
  return { why, blockers, now: Date.parse(session.now()) };
}

async function blockerStatus(session: Session, id: string): Promise<{ task_id: string; status: string }> {
  try {
    return { task_id: id, status: (await getRecord(session, id)).status };
  } catch (error) {
    if (error instanceof MjError && error.code === "not_found") return { task_id: id, status: "removed" };
    throw error;
  }
}
