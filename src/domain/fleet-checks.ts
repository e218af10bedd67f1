import { raiseCommand, standingText } from "./budget.js";
import { type Check, doubtful, fine } from "./check.js";
import { someOf } from "./dependencies.js";
import { holdsBack, quotaText } from "./quota.js";
import { pausesOf, pauseText } from "./settings.js";
import type { Routing } from "./takers.js";

/** Who works, and what holds work back. */
export const fleetChecks = (routing: Routing): Check[] => [
  dispatcherCheck(routing),
  agentsCheck(routing),
  pausesCheck(routing),
  accountsCheck(routing),
  budgetsCheck(routing),
];

const dispatcherCheck = ({ led }: Routing): Check =>
  led
    ? fine("dispatcher", "a dispatcher leads")
    : doubtful("dispatcher", "no dispatcher leads", {
        why: "new tasks are not handed out until an agent or the coordinator runs",
        hint: "mjagent run --all, or mjagent serve",
      });

function agentsCheck({ agents }: Routing): Check {
  const id = "agents";
  const alive = agents.filter(({ lost, status }) => !lost && status !== "offline").length;
  const lost = agents.filter((agent) => agent.lost);
  const what = `${alive} ${alive === 1 ? "agent is" : "agents are"} online`;
  if (lost.length > 0) {
    return doubtful(id, `${what}, ${lost.length} lost`, {
      why: `silent without a goodbye: ${someOf(lost.map(({ agent_id, host }) => `${agent_id} on ${host}`))}`,
      hint: "their tasks run elsewhere; mjagent run on that host starts them again",
    });
  }
  if (alive > 0) return fine(id, what);
  return doubtful(id, "no agent is online", { why: "nobody takes what is published", hint: "mjagent run --all" });
}

function pausesCheck({ settings, now }: Routing): Check {
  const pauses = pausesOf(settings);
  const [first] = pauses;
  if (!first) return fine("pauses", "nothing is paused");
  return doubtful("pauses", `paused: ${someOf(pauses.map(({ role }) => role ?? "everything"))}`, {
    why: pauseText(first, now),
    hint: first.role === null ? "mjagent resume" : `mjagent resume ${first.role}`,
  });
}

function accountsCheck({ settings, now }: Routing): Check {
  const refused = [...settings.quotas.values()].filter((quota) => holdsBack(quota, now));
  const [first] = refused;
  if (!first) return fine("accounts", "no provider refuses an account");
  return doubtful("accounts", `refused for now: ${someOf(refused.map(({ account }) => account))}`, {
    why: quotaText(first, "", now),
    hint: `it ends by itself; sooner: mjagent resume --account ${first.account}`,
  });
}

function budgetsCheck({ settings }: Routing): Check {
  const all = settings.budgets ?? [];
  const reached = all.filter(({ state }) => state === "reached");
  const [first] = reached.length > 0 ? reached : all.filter(({ state }) => state === "warning");
  if (!first) return fine("budgets", all.length === 0 ? "there are no budgets" : "no budget is near its end");
  return doubtful("budgets", standingText(first), {
    why:
      first.state === "reached"
        ? "nothing new is claimed under it until its next period"
        : "at 100% nothing new is claimed under it",
    hint: raiseCommand(first),
  });
}
