import { heldBy, takersOf } from "./admission.js";
import { type BudgetStanding, raiseCommand, standingText } from "./budget.js";
import { someOf } from "./dependencies.js";
import { byTurn, commonFiles, holdersOf } from "./file-line.js";
import { ago, excerpt, type Finding, lasted, type NextStep } from "./finding.js";
import { holdsBack, type Quota, quotaText } from "./quota.js";
import type { RoleRegistration } from "./role.js";
import { route } from "./route.js";
import { pausesOf, pauseText, type RolePause, type RunningSlot, type WorkspaceState } from "./settings.js";
import type { AgentState } from "./snapshot.js";
import type { TaskRecord } from "./task.js";
import { lackText } from "./wants.js";

/** What decides where a task goes now. */
export interface Routing {
  /** Every role that has registered. */
  roles: RoleRegistration[];
  /** The last that was heard of every agent. */
  agents: AgentState[];
  settings: WorkspaceState;
  /** Available tasks that need files; absent where nobody has read them. */
  line?: readonly TaskRecord[];
  /** True when a dispatcher leads: then tasks are handed out. */
  led: boolean;
  /** The server's time, epoch ms. */
  now: number;
}

/** A task that nobody took for this long, with an agent free for it, waits for no good reason. */
const OVERDUE_MS = 60_000;

export const isOnline = ({ status, lost }: AgentState): boolean => status !== "offline" && !lost;

const hasRoom = ({ current_tasks, slots }: AgentState): boolean => current_tasks.length < slots;

/** Whether an agent says it runs a task, later than the task was read. */
const names = ({ current_tasks, last_heartbeat }: AgentState, { task_id, updated_at }: TaskRecord): boolean =>
  current_tasks.includes(task_id) && Date.parse(last_heartbeat) > Date.parse(updated_at);

const runAgent = (role: string, text: string): NextStep => ({ command: `mjagent run --agent ${role}`, text });

/** Why an available task has not been taken. */
export function availableFindings(task: TaskRecord, routing: Routing): [Finding, ...Finding[]] {
  const roles = rolesFor(task, routing);
  if (roles.length === 0) return [unrouted(task, routing)];
  const { now, led } = routing;
  const since = task.updated_at;
  const taker = routing.agents.find((each) => isOnline(each) && names(each, task));
  if (taker) {
    const { agent_id, role } = taker;
    return [{ code: "ready", text: `goes to ${agent_id}, which has just taken it`, role, agent_id, since }];
  }
  const free = roles.filter(({ name, max_running }) => heldBy(routing.settings, { name, max_running }, now) === null);
  const agent = routing.agents.find((each) => free.some(({ name }) => name === each.role) && takes(each, routing));
  const files = filesHeld(task, routing);
  if (!agent || !led || files.length > 0) {
    const routed: Finding = { code: "routed", text: `is for ${namesOf(roles)}`, since };
    const held = agent ? [] : roles.flatMap((role) => holds(role, routing));
    return [routed, ...files, ...held, ...noDispatcher(routing, [])];
  }
  const { agent_id, role } = agent;
  const ready: Finding = { code: "ready", text: `goes to ${agent_id}, which is free`, role, agent_id, since };
  if (now - Date.parse(since) < OVERDUE_MS) return [ready];
  const text = `It has been available for ${lasted(since, now)}, so ${agent_id} should have it: it may have come free just now, be ending, or run an older file of its role`;
  return [ready, { code: "overdue", text, role, agent_id, since, next: [runAgent(role, "starts another")] }];
}

/** What a task that still waits for something else has before it then. */
export function laterFindings(task: TaskRecord, routing: Routing): Finding[] {
  const roles = rolesFor(task, routing);
  if (roles.length === 0) {
    const { text, ...later } = unrouted(task, routing);
    return [{ ...later, text: `Then it ${text}` }];
  }
  const lasting = roles.map((role) => holds(role, routing).filter(({ code }) => LASTING.has(code)));
  const held = lasting.every((found) => found.length > 0) ? lasting.flat() : [];
  return [{ code: "routed", text: `Then it is for ${namesOf(roles)}` }, ...held];
}

/** What does not pass by itself while a task waits. */
const LASTING: ReadonlySet<string> = new Set(["paused", "no_agent"]);

const RUN_ALL: NextStep = { command: "mjagent run --all", text: "starts agents, which see to that too" };

/** Says that nothing is handed out or moved on, when it is so. */
export function noDispatcher({ led, agents }: Routing, next: readonly NextStep[] = [RUN_ALL]): Finding[] {
  if (led) return [];
  const text = "No dispatcher leads, so nothing is handed out or moves on";
  // Agents take part in the election: one that is online leads soon.
  if (agents.some(isOnline)) return [{ code: "no_dispatcher", text: `${text}; one of the running agents leads soon` }];
  return [{ code: "no_dispatcher", text, next }];
}

const rolesFor = (task: TaskRecord, { roles }: Routing): RoleRegistration[] => {
  const names = new Set(route(task, roles));
  return roles.filter(({ name }) => names.has(name));
};

const namesOf = (roles: readonly RoleRegistration[]): string =>
  someOf(
    roles.map(({ name }) => name),
    " or ",
  );

const takes = (agent: AgentState, routing: Routing): boolean =>
  isOnline(agent) && !agent.draining && hasRoom(agent) && quotaOf(agent, routing) === null;

/** What its provider refuses an agent for now. */
function quotaOf({ account }: AgentState, { settings, now }: Routing): Quota | null {
  const quota = account ? settings.quotas.get(account) : undefined;
  return quota && holdsBack(quota, now) ? quota : null;
}

function unrouted(task: TaskRecord, { roles }: Routing): Finding {
  const other = [
    { command: "mjagent run --agent NAME", text: "makes a role known that matches it" },
    { command: `mjagent cancel ${task.task_id}`, text: "ends it; publish it again as what a role wants" },
  ];
  const next =
    roles.length === 0 ? [{ command: "mjagent run --all", text: "starts the agents of this folder" }] : other;
  return { code: "unrouted", text: `matches no role: ${lackText(task, roles)}`, since: task.updated_at, next };
}

/** What keeps every agent of a role from taking one more task. */
function holds(role: RoleRegistration, routing: Routing): Finding[] {
  const agents = routing.agents.filter((agent) => agent.role === role.name);
  const online = agents.filter((agent) => isOnline(agent) && !agent.draining);
  const found: Finding[] = held(role, routing);
  if (online.length === 0) found.push(noAgent(role.name, agents, routing.now));
  else if (!online.some(hasRoom)) {
    const busy = online.map(({ agent_id, current_tasks }) => `${agent_id} with ${someOf(current_tasks)}`);
    const text = `All agents of ${role.name} that are online are busy: ${someOf(busy)}`;
    found.push({ code: "busy", text, role: role.name, next: [runAgent(role.name, "starts another")] });
  } else found.push(...refusals(role.name, online.filter(hasRoom), routing));
  return found;
}

/** What providers refuse all agents that have room; nothing when one of them may claim. */
function refusals(role: string, agents: readonly AgentState[], routing: Routing): Finding[] {
  const quotas = new Map<string, Quota>();
  for (const agent of agents) {
    const quota = quotaOf(agent, routing);
    if (quota === null) return [];
    quotas.set(quota.account, quota);
  }
  return [...quotas.values()].map((quota): Finding => {
    const { account, at: since, until } = quota;
    const text = `Its provider refuses ${account}: ${excerpt(quotaText(quota, "", routing.now))}`;
    const next = [{ command: `mjagent resume --account ${account}`, text: "asks the provider again at once" }];
    return { code: "rate_limited", text, role, since, until, next };
  });
}

function held({ name, max_running }: RoleRegistration, { settings, now }: Routing): Finding[] {
  const hold = heldBy(settings, { name, max_running }, now);
  switch (hold?.why) {
    case undefined:
    // A role has no account: its agents have, each its own.
    case "quota":
      return [];
    case "paused":
      return pausesOf(settings)
        .filter(({ role }) => role === null || role === name)
        .map((pause) => pauseFinding(pause, now));
    case "workspace_full":
      return [full("workspace_full", "The workspace", hold.max_running, settings.slots)];
    case "role_full": {
      const own = settings.slots.filter(({ role }) => role === name);
      return [{ ...full("role_full", `Role ${name}`, hold.max_running, own), role: name }];
    }
    case "budget":
      return [budgetFinding(hold.budget)];
  }
}

/** The tasks that have files it needs, and the one that is to have them before it. */
function filesHeld(task: TaskRecord, routing: Routing): Finding[] {
  const { settings, line = [] } = routing;
  const shared = (files: readonly string[]): string => {
    const [own, other] = commonFiles(task.files, files) ?? ["", ""];
    return own === other ? excerpt(own) : `${excerpt(other)}, which overlaps ${excerpt(own)}`;
  };
  const next = [{ command: "mjagent locks", text: "shows who holds files, and who waits for them" }];
  const held = holdersOf(task, settings.slots).map(({ task_id, owner: agent_id, files }): Finding => {
    const text = `${task_id} (${agent_id}) holds files that it needs: ${shared(files)}`;
    return { code: "files_held", text, agent_id, next };
  });
  const takers = takersNow(routing);
  const before = line
    .filter((each) => byTurn(each, task) < 0 && route(each, takers).length > 0 && commonFiles(task.files, each.files))
    .sort(byTurn);
  const last = before.at(-1);
  if (!last || task.files.length === 0) return held;
  const more = before.length > 1 ? `, and ${before.length - 1} more before that` : "";
  const text = `${last.task_id} is before it in the line for ${shared(last.files)}${more}`;
  return [...held, { code: "files_line", text, next }];
}

/** The roles that somebody takes tasks for. */
export function takersNow(routing: Routing): RoleRegistration[] {
  const there = routing.agents.filter((agent) => isOnline(agent) && quotaOf(agent, routing) === null);
  return takersOf(routing.roles, routing.settings, new Set(there.map(({ role }) => role)), routing.now);
}

function pauseFinding(pause: RolePause, now: number): Finding {
  const { role, at: since } = pause;
  const text = `Nothing new is claimed: ${pauseText(pause, now)}`;
  if (role === null) {
    return { code: "paused", text, since, next: [{ command: "mjagent resume", text: "takes back every pause" }] };
  }
  return { code: "paused", text, role, since, next: [{ command: `mjagent resume ${role}`, text: "lets it go on" }] };
}

function budgetFinding(budget: BudgetStanding): Finding {
  const { role, until } = budget;
  const next = [
    { command: raiseCommand(budget), text: `adds N to it for ${budget.per === "week" ? "this week" : "today"}` },
  ];
  const text = `Nothing new is claimed: ${standingText(budget)}`;
  return { code: "budget", text, until, next, ...(role !== null && { role }) };
}

function full(
  code: "workspace_full" | "role_full",
  whose: string,
  limit: number,
  slots: readonly RunningSlot[],
): Finding {
  const ids = someOf(slots.map(({ task_id }) => task_id));
  const text = `${whose} runs as many tasks as its max_running allows (${limit}): ${ids}`;
  return { code, text, next: [{ command: "mjagent tasks --status in_progress", text: "shows what runs" }] };
}

function noAgent(role: string, agents: readonly AgentState[], now: number): Finding {
  const last = [...agents].sort((a, b) => b.last_heartbeat.localeCompare(a.last_heartbeat))[0];
  const ended = last?.lost ? "was last heard of" : "ended";
  const seen = last ? ` (${last.agent_id} ${ended} ${ago(last.last_heartbeat, now)})` : "";
  const next = [runAgent(role, "brings one online")];
  const leaving = agents.find(isOnline);
  return {
    code: "no_agent",
    text: leaving
      ? `No agent of ${role} claims: ${leaving.agent_id} is drained, so it finishes what runs and leaves`
      : `No agent of ${role} is online${seen}`,
    role,
    since: last?.last_heartbeat ?? null,
    next,
  };
}
