import { MjError } from "../../errors.js";
import type { Session } from "../../nats/session.js";
import { currentRouting } from "../../operations/snapshot.js";
import { getRecord, getTask } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { taskDetail } from "../task-detail.js";
import { nextStep } from "../task-view.js";

const BLOCKERS_SHOWN = 20;

export async function run(context: CommandContext): Promise<undefined> {
  const { out, args } = context;
  const session = await context.session();
  const task = await getTask(session, args[0] ?? "");
  const [routing, blockers] = await Promise.all([
    currentRouting(session),
    Promise.all(task.blocked_by.slice(0, BLOCKERS_SHOWN).map((id) => blockerStatus(session, id))),
  ]);
  const { now } = routing;
  out.item(task, {
    id: (record) => record.task_id,
    text: (record, style) =>
      taskDetail(record, { blockers, next: nextStep(record, routing), now, width: out.width }, style),
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
