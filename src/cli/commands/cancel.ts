import type { TaskRecord } from "../../domain/task.js";
import { type Cancelled, cancelRecord, commandEnded } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { steer } from "../steer.js";
import { oneLine } from "../text.js";

/** An agent gives its command some seconds to end; who waits wants to know what for. */
const PATIENCE_MS = 1_000;

export async function run(context: CommandContext): Promise<number | undefined> {
  const { out } = context;
  const ending: Promise<void>[] = [];
  return await steer(context, {
    verb: "cancel",
    act: async (session, ...of) => {
      const record = await cancelRecord(session, ...of);
      const { owner } = record;
      const task: CancelledTask = { ...record, running: owner === null ? "no" : "unconfirmed" };
      // While its command ends, others are cancelled.
      if (owner !== null) ending.push(commandEnded(session, record).then((running) => void (task.running = running)));
      return task;
    },
    settle: async (signal) => {
      if (ending.length === 0 || signal.aborted) return;
      const waiting = setTimeout(() => {
        if (!out.json) out.note(out.noteStyle.dim("waiting for the agent to end the command"));
      }, PATIENCE_MS);
      const interrupted = new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true }),
      );
      await Promise.race([Promise.all(ending), interrupted]);
      clearTimeout(waiting);
    },
    text: () => (task) => `${task.task_id} cancelled${COMMAND[task.running](oneLine(task.owner ?? "its agent"))}`,
    remark,
  });
}

/** `running` is what became of the running command, as far as it is known. */
type CancelledTask = TaskRecord & Pick<Cancelled, "running">;

const COMMAND: Record<Cancelled["running"], (owner: string) => string> = {
  no: () => ": it was not running",
  stopped: (owner) => `: ${owner} has stopped its command`,
  unconfirmed: (owner) => `; ${owner} has not confirmed that its command has ended: it stops at its next heartbeat`,
};

function remark(tasks: readonly CancelledTask[]): string {
  const count = (running: Cancelled["running"]): number => tasks.filter((task) => task.running === running).length;
  const [stopped, unconfirmed] = [count("stopped"), count("unconfirmed")];
  if (stopped + unconfirmed === 0) return "";
  const rest = unconfirmed === 0 ? "" : `, of ${unconfirmed} that is not confirmed: they stop at the next heartbeat`;
  return `\n${stopped + unconfirmed} of them had a running command: ${stopped} have ended${rest}`;
}
