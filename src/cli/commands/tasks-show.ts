import { MjError } from "../../errors.js";
import type { Session } from "../../nats/session.js";
import { getRecord, getTask } from "../../operations/tasks.js";
import { whyTask } from "../../operations/why.js";
import type { CommandContext } from "../context.js";
import { taskDetail } from "../task-detail.js";

const BLOCKERS_SHOWN = 20;

export async function run(context: CommandContext): Promise<undefined> {
  const { out, args } = context;
  const session = await context.session();
  const task = await getTask(session, args[0] ?? "");
  const [why, blockers] = await Promise.all([
    whyTask(session, task.task_id),
    Promise.all(task.blocked_by.slice(0, BLOCKERS_SHOWN).map((id) => blockerStatus(session, id))),
  ]);
  const now = Date.parse(session.now());
  out.item(task, {
    id: (record) => record.task_id,
    text: (record, style) => taskDetail(record, { blockers, why, now, width: out.width }, style),
  });
}

async function blockerStatus(session: Session, id: string): Promise<{ task_id: string; status: string }> {
  try {
    return { task_id: id, status: (await getRecord(session, id)).status };
  } catch (error) {
    if (error instanceof MjError && error.code === "not_found") return { task_id: id, status: "removed" };
    throw error;
  }
}
