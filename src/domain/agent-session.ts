import type { TaskRecord, TaskResult } from "./task.js";

/** A conversation of an agent CLI, which a later attempt on the same host can go on with. */
export interface AgentSession {
  adapter: string;
  session_id: string;
  /** Where its files are: the host, and the folder it worked in. */
  host: string;
  cwd: string;
  /** The tokens it had used when they were last counted; some CLIs count on from there. */
  usage: Pick<TaskResult["usage"], "input_tokens" | "output_tokens"> | null;
}

/** After these, more of the same conversation cannot help. */
const AFRESH: ReadonlySet<string> = new Set(["context_overflow", "loop", "invalid_request"]);

/**
 * The session that an attempt goes on with: the last one, when nobody asked for a fresh start and it can be reached.
 * A retry by a person starts afresh: the record has no session then.
 */
export function sessionToResume(
  { session, error }: Pick<TaskRecord, "session" | "error">,
  here: { adapter: string; host: string; cwd: string },
): AgentSession | null {
  if (!session || session.adapter !== here.adapter || session.host !== here.host || session.cwd !== here.cwd)
    return null;
  return error !== null && AFRESH.has(error.reason) ? null : session;
}
