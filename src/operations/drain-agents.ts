import { someOf } from "../domain/dependencies.js";
import { agoText } from "../domain/duration.js";
import type { AgentState } from "../domain/snapshot.js";
import { isOnline } from "../domain/takers.js";
import { MjError } from "../errors.js";
import { ask } from "../nats/control.js";
import type { Session } from "../nats/session.js";
import { currentRouting } from "./snapshot.js";

/** An agent answers at once, however busy it is: only its event loop or the way there can be slow. */
const ANSWER_MS = 5_000;

/** An agent that leaves. */
export interface Drained {
  agent_id: string;
  role: string;
  /** The tasks that it finishes first. */
  running: string[];
}

/**
 * Asks agents to claim nothing more, finish what runs and leave. Asking twice is as good as once. When one of them is
 * not there, none is asked.
 * @throws MjError not_found with the agents there are; conflict for one that is lost or has ended; pending when one does
 * not answer
 */
export async function drainAgents(session: Session, ids: readonly string[], by: string): Promise<Drained[]> {
  const { agents } = await currentRouting(session);
  const known = new Map(agents.map((agent) => [agent.agent_id, agent]));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length > 0) throw notThere(missing, agents);
  const asked = ids.flatMap((id) => known.get(id) ?? []);
  for (const agent of asked) if (!isOnline(agent)) throw hasLeft(agent);
  const answers = await Promise.allSettled(asked.map((agent) => drain(session, agent, by)));
  const drained = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const failed = answers.find((answer) => answer.status === "rejected");
  if (failed) throw withOthers(failed.reason, drained);
  return drained;
}

async function drain(session: Session, { agent_id, role }: AgentState, by: string): Promise<Drained> {
  const reply = await ask(session, session.names.agentControl(agent_id), { do: "drain", by }, ANSWER_MS);
  if (reply === "nobody") {
    throw new MjError("conflict", `nobody goes by ${agent_id} any more`, {
      why: "its last beat is recent, but it does not listen: it has just ended, or was killed",
      hint: "mjagent status shows who is there",
    });
  }
  if (reply === "silent") {
    throw new MjError("pending", `${agent_id} did not answer within ${ANSWER_MS / 1_000}s`, {
      why: "its host is overloaded or cut off, or it is of a version that cannot be drained",
      hint: "mjagent status shows whether it drains; Ctrl-C where it runs does the same",
      retryable: true,
    });
  }
  return { agent_id, role, running: reply.running ?? [] };
}

function notThere(missing: readonly string[], agents: readonly AgentState[]): MjError {
  const known = agents
    .filter(isOnline)
    .map(({ agent_id }) => agent_id)
    .sort();
  return new MjError("not_found", `there is no agent ${missing.join(", ")} here`, {
    why: known.length === 0 ? "no agent is online" : `online: ${someOf(known)}`,
    hint: "mjagent status shows the agents by their ids",
  });
}

function hasLeft({ agent_id, lost, heartbeat_age_ms, host, pid }: AgentState): MjError {
  const ago = agoText(heartbeat_age_ms);
  return lost
    ? new MjError("conflict", `${agent_id} is lost`, {
        why: `its last beat came ${ago} (${host}, pid ${pid}); its tasks go to others by themselves`,
        hint: "if that process still runs, end it there",
      })
    : new MjError("conflict", `${agent_id} is offline`, {
        why: `it ended ${ago}`,
        hint: "mjagent status shows who is there",
      });
}

/** Those who were asked leave all the same. */
function withOthers(reason: unknown, drained: readonly Drained[]): unknown {
  if (!(reason instanceof MjError) || drained.length === 0) return reason;
  const { code, message, why, hint, retryable } = reason;
  const others = someOf(drained.map(({ agent_id }) => agent_id));
  return new MjError(code, message, { why: `${why ?? ""}; ${others} will leave`, hint, retryable });
}
