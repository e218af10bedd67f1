import { ago, dueText, excerpt, type Finding, type Findings, lasted, type NextStep } from "./finding.js";
import { FAILURE_REASONS, type FailureReason, isRetryable } from "./reasons.js";
import type { AgentState } from "./snapshot.js";
import { availableFindings, isOnline, noDispatcher, type Routing } from "./takers.js";
import { agentOf, type Status, type TaskRecord } from "./task.js";

/** A command begins to be named by its agent's heartbeats within a second of being claimed. */
const NAMED_AFTER_MS = 5_000;

/** How a task stands that waits for no other: in every status but `blocked`. */
export function standingOf(task: TaskRecord, status: Exclude<Status, "blocked">, routing: Routing): Findings {
  const { now } = routing;
  const { task_id } = task;
  switch (status) {
    case "available":
      return [...availableFindings(task, routing), ...lastError(task)];
    case "scheduled":
      return scheduled(task, routing);
    case "awaiting_approval": {
      const since = task.updated_at;
      const next = [
        { command: `mjagent approve ${task_id}`, text: "lets it go on" },
        { command: `mjagent reject ${task_id}`, text: "cancels it" },
      ];
      return [{ code: status, text: `has waited for approval for ${lasted(since, now)}`, since, next }];
    }
    case "in_progress":
      return [...inProgress(task, routing), ...lastError(task)];
    case "completed": {
      const { result, finished_at: since } = task;
      const by = task.owner ?? "somebody";
      const summary = result?.summary ? `: ${excerpt(result.summary)}` : "";
      const next = [{ command: `mjagent tasks show ${task_id}`, text: "shows its result" }];
      return [{ code: status, text: `was completed by ${by} ${ago(since, now)}${summary}`, agent_id: by, since, next }];
    }
    case "failed":
      return failed(task, now);
    case "cancelled":
      return cancelled(task, routing);
  }
}

function scheduled(task: TaskRecord, routing: Routing): Findings {
  return [delay(task, routing.now), ...noDispatcher(routing)];
}

/** What a scheduled task waits for. */
function delay(task: TaskRecord, now: number): Finding {
  const { not_before: until, error, attempts, max_attempts } = task;
  const due = dueText(until, now);
  if (due === "now") return { code: "due", text: "is due now", since: until };
  const own = { since: task.updated_at, until };
  const last = task.history.at(-1);
  if (last?.outcome === "handed_back") {
    const { agent_id, reason, message } = last;
    const said = message ?? reason;
    const why = said === null ? "" : ` (${excerpt(said)})`;
    return { ...own, code: "handed_back", text: `was put off by ${agent_id}${why}, and is due ${due}`, agent_id };
  }
  if (last?.outcome === "failed" && error) {
    const why = `attempt ${attempts} of ${max_attempts} failed (${error.reason}): ${excerpt(error.message)}`;
    const { agent_id } = last;
    return { ...own, code: "backing_off", text: `is tried again ${due}, as ${why}`, agent_id, next: [logs(task)] };
  }
  return { ...own, code: "not_before", text: `is due ${due}, as its not_before says` };
}

const logs = ({ task_id }: TaskRecord): NextStep => ({
  command: `mjagent logs ${task_id}`,
  text: "shows what it wrote",
});

const retry = ({ task_id }: TaskRecord, text: string): NextStep => ({ command: `mjagent retry ${task_id}`, text });

/** Why it had to be tried again, where that is not the whole story. */
function lastError({ error, history, max_attempts }: TaskRecord): Finding[] {
  const last = history.findLast(({ outcome }) => outcome === "failed" || outcome === "lost");
  if (!error || !last) return [];
  const text = `Attempt ${last.attempt} of ${max_attempts}, by ${last.agent_id}, ended with ${error.reason}: ${excerpt(error.message)}`;
  return [{ code: "last_error", text, agent_id: last.agent_id, since: last.ended_at }];
}

function inProgress(task: TaskRecord, routing: Routing): Findings {
  const { owner, attempts, max_attempts, started_at: since } = task;
  const { now, agents } = routing;
  const agent_id = owner ?? "somebody";
  const agent = agents.find((each) => each.agent_id === owner);
  const where = agent ? ` on ${agent.host} (pid ${agent.pid})` : "";
  const text = `runs at ${agent_id}${where} for ${lasted(since, now)}, attempt ${attempts} of ${max_attempts}`;
  const next = { command: `mjagent logs ${task.task_id} -f`, text: "shows what it writes" };
  const role = task.role === null ? {} : { role: task.role };
  return [{ code: "running", text, agent_id, ...role, since, next: [next] }, ...ownerFindings(task, agent, routing)];
}

/** Whether the owner of a running task is still there, as far as its heartbeats tell. */
function ownerFindings(task: TaskRecord, agent: AgentState | undefined, routing: Routing): Finding[] {
  const agent_id = task.owner ?? "somebody";
  const isLast = task.fail_when_lost || task.attempts >= task.max_attempts;
  const then = isLast ? "the task fails then" : "the task goes to another then";
  const found = (code: Finding["code"], text: string, more: Partial<Finding> = {}): Finding => ({
    ...{ code, text, agent_id, since: agent?.last_heartbeat ?? null },
    ...more,
  });
  if (!agent) {
    const text = `No heartbeat of ${agent_id} is known: after its lease it is given up, and ${then}`;
    return [found("agent_gone", text), ...noDispatcher(routing)];
  }
  const { now } = routing;
  const heard = ago(agent.last_heartbeat, now);
  if (agent.instance_id !== task.instance_id || agent.status === "offline") {
    const went = agent.status === "offline" ? `ended ${heard}` : "was started anew";
    return [found("agent_gone", `${agent_id} ${went}, so it is given up, and ${then}`), ...noDispatcher(routing)];
  }
  const until = new Date(Date.parse(agent.last_heartbeat) + agent.lease_ms).toISOString();
  if (agent.lost) {
    const text = `${agent_id} has been silent for ${lasted(agent.last_heartbeat, now)}, which is more than its lease: it is given up, and ${then}`;
    return [found("agent_silent", text, { until }), ...noDispatcher(routing)];
  }
  if (agent.heartbeat_age_ms > agent.lease_ms / 2) {
    const text = `${agent_id} was last heard of ${heard}: it is given up ${dueText(until, now)} unless it is heard again, and ${then}`;
    return [found("agent_silent", text, { until })];
  }
  const isNamed = agent.current_tasks.includes(task.task_id);
  if (!isNamed && Date.parse(agent.last_heartbeat) - Date.parse(task.started_at ?? "") > NAMED_AFTER_MS) {
    const text = `${agent_id} was heard of ${heard}, but its heartbeat does not name this task: its result may wait on ${agent.host} to be sent`;
    const next = [{ command: `mjagent cancel ${task.task_id}`, text: "gives it up" }, retry(task, "then runs it anew")];
    return [found("not_running", text, { next })];
  }
  return [found("agent_heard", `${agent_id} was last heard of ${heard}`)];
}

function failed(task: TaskRecord, now: number): Findings {
  const { error, finished_at: since } = task;
  const reason = error?.reason ?? "exit";
  const message = error ? `: ${excerpt(error.message)}` : "";
  const agent_id = agentOf(task);
  const text = `failed ${ago(since, now)}${message} (${reason}: ${reasonText(reason)})`;
  const final = whyFinal(task, reason);
  const again = final.code === "permanent" ? "runs it again, once that is mended" : "runs it again";
  const next = [...(task.history.length > 0 ? [logs(task)] : []), retry(task, again)];
  return [{ code: "failed", text, ...(agent_id !== null && { agent_id }), since, next }, final];
}

/** Why it was not tried again. */
function whyFinal({ attempts, max_attempts }: TaskRecord, reason: string): Finding {
  if (!isKnown(reason) || !isRetryable(reason)) {
    return { code: "permanent", text: "Trying again cannot help until that is mended" };
  }
  return attempts >= max_attempts
    ? { code: "attempts_used", text: `All of its attempts (${max_attempts}) are used up` }
    : { code: "not_retried", text: "Its role does not try again after that" };
}

const isKnown = (reason: string): reason is FailureReason => Object.hasOwn(FAILURE_REASONS, reason);
const reasonText = (reason: string): string => (isKnown(reason) ? FAILURE_REASONS[reason].text : "no reason we know");

function cancelled(task: TaskRecord, { agents, now }: Routing): Findings {
  const { steered, error, finished_at: since, task_id } = task;
  const by = steered?.action === "cancelled" || steered?.action === "rejected" ? steered : null;
  const why = by?.reason ? `: ${excerpt(by.reason)}` : "";
  const text = by
    ? `was ${by.action} by ${by.by} ${ago(by.at, now)}${why}`
    : excerpt(error?.message ?? "was cancelled");
  const first: Finding = { code: "cancelled", text, since, next: [retry(task, "brings it back")] };
  const agent = agents.find(({ agent_id }) => agent_id === task.owner);
  if (agent?.instance_id !== task.instance_id || !isOnline(agent) || !agent.current_tasks.includes(task_id))
    return [first];
  const still = `${agent.agent_id} on ${agent.host} has not confirmed that its command has ended: its heartbeat of ${ago(agent.last_heartbeat, now)} still names it`;
  return [first, { code: "still_running", text: still, agent_id: agent.agent_id, since: agent.last_heartbeat }];
}
