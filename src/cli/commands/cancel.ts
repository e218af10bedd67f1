import { z } from "zod";
import { type Cancelled, cancelTask } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import { person } from "../person.js";
import { steer } from "../steer.js";
import { oneLine } from "../text.js";

const CancelOptions = z.object({ reason: z.string().max(1_000).optional() });

/** An agent gives its command some seconds to end; who waits wants to know what for. */
const PATIENCE_MS = 1_000;

export async function run(context: CommandContext): Promise<number | undefined> {
  const { reason = null } = readOptions(context, CancelOptions);
  const { out } = context;
  const waiting = setTimeout(() => {
    if (!out.json) out.note(out.noteStyle.dim("waiting for the agent to end the command"));
  }, PATIENCE_MS);
  try {
    return await steer(context, {
      act: async (session, id) => {
        const { record, running } = await cancelTask(session, id, person(), reason);
        return { ...record, running };
      },
      text: (task) => `${task.task_id} cancelled${COMMAND[task.running](oneLine(task.owner ?? "its agent"))}`,
    });
  } finally {
    clearTimeout(waiting);
  }
}

/** What became of the running command. */
const COMMAND: Record<Cancelled["running"], (owner: string) => string> = {
  no: () => ": it was not running",
  stopped: (owner) => `: ${owner} has stopped its command`,
  unconfirmed: (owner) => `; ${owner} has not confirmed that its command has ended: it stops at its next heartbeat`,
};
