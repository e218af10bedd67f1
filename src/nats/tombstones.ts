import type { Revised } from "../domain/view.js";
import type { Tombstone } from "../domain/tombstone.js";
import { removeArtifacts } from "./artifacts.js";
import { removeKey } from "./bucket.js";
import { removeLog } from "./logs.js";
import { removeSequences } from "./remove.js";
import type { Session } from "./session.js";

/** Where the streams stand that a removal has to do with. */
export interface Bounds extends Pick<Tombstone, "logs" | "artifacts"> {
  /** The first sequence that the event log still has. */
  log_begins: number;
}

/** To be read before a tombstone is laid: what a task has that is given the id after that, comes after these. */
export async function readBounds({ jsm, names }: Session): Promise<Bounds> {
  const [logs, artifacts, work] = await Promise.all([
    jsm.streams.info(names.logs.stream),
    jsm.streams.info(names.artifacts.stream),
    jsm.streams.info(names.work.stream),
  ]);
  return { logs: logs.state.last_seq, artifacts: artifacts.state.last_seq, log_begins: work.state.first_seq };
}

/**
 * Puts a tombstone in the place of a record, if it is still at that revision.
 * @returns the tombstone's revision, or null when somebody else wrote first
 */
export function layTombstone(
  session: Session,
  taskId: string,
  revision: number,
  tombstone: Tombstone,
): Promise<number | null> {
  return removeKey(session, session.names.tasks, taskId, revision, tombstone);
}

/**
 * Removes what is left of a task, and last its tombstone: until that is gone, whoever leads does it again.
 * @param leavesMarker as of `leavesMarkers`
 */
export async function liftTombstone(
  session: Session,
  taskId: string,
  { revision, logs, artifacts }: Revised<Tombstone>,
  leavesMarker: boolean,
): Promise<void> {
  const { tasks } = session.names;
  await removeLog(session, taskId, logs);
  await removeArtifacts(session, taskId, artifacts);
  // Losing it to a new task of that id is as good.
  if (leavesMarker) await removeKey(session, tasks, taskId, revision);
  else await removeSequences(session, tasks.stream, [revision]);
}

/** Whether the task bucket lets no message be removed, as those of early workspaces: a plain marker stays there. */
export async function leavesMarkers({ jsm, names }: Session): Promise<boolean> {
  return (await jsm.streams.info(names.tasks.stream)).config.deny_delete;
}
