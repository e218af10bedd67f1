import type { ChalkInstance } from "chalk";
import { agoText } from "../domain/duration.js";
import type { AgentState, Attention, Snapshot } from "../domain/snapshot.js";
import { STATUSES, type Status } from "../domain/task.js";
import { aligned, type Column } from "./table.js";
import { statusWords } from "./task-view.js";
import { filled, oneLine } from "./text.js";

const OF_A_KIND = 5;

/** The whole at a glance, at most `width` wide; of each kind of trouble the first `ofAKind`. */
export function statusText(snapshot: Snapshot, style: ChalkInstance, width: number, ofAKind = OF_A_KIND): string {
  const sections = [
    [heading(snapshot, style)],
    [style.bold("Agents"), ...agentLines(snapshot.agents, style, width - 2).map(indent)],
    [style.bold("Tasks"), ...taskLines(snapshot, style, width - 2).map(indent)],
    attentionSection(snapshot.attention, style, width - 2, ofAKind),
  ];
  return sections.map((lines) => lines.join("\n")).join("\n\n");
}

/** What a reader of blocks wants a new block for: everything but clocks that tick. */
export function changeKey(snapshot: Snapshot): string {
  const { agents, attention } = snapshot;
  return JSON.stringify({
    ...snapshot,
    taken_at: undefined,
    leader: snapshot.leader?.instance_id,
    agents: agents.map(({ agent_id, instance_id, status, lost, draining, current_tasks }) => [
      agent_id,
      instance_id,
      status,
      lost,
      draining,
      current_tasks,
    ]),
    attention: attention.map(({ kind, id }) => [kind, id]),
  });
}

/** The ids of what needs attention. */
export const attentionIds = ({ attention }: Snapshot): string[] => [
  ...new Set(attention.filter(({ kind }) => kind !== "no_dispatcher").map(({ id }) => id)),
];

export const indent = (line: string): string => `  ${line}`;

function heading({ workspace, taken_at, leader }: Snapshot, style: ChalkInstance): string {
  const time = new Date(taken_at);
  const leads = leader ? "a dispatcher leads" : style.yellow("no dispatcher leads");
  return `${style.bold(oneLine(workspace))} at ${time.toLocaleTimeString("sv-SE")}: ${leads}`;
}

function agentLines(agents: readonly AgentState[], style: ChalkInstance, width: number): string[] {
  if (agents.length === 0) return ["none yet: mjagent run --all"];
  const columns: Column<AgentState>[] = [
    { title: "AGENT", value: (agent) => agent.agent_id },
    { title: "STATUS", value: statusOf, style: (text, agent) => agentStyle(style, agent)(text) },
    { title: "LAST BEAT", value: (agent) => agoText(agent.heartbeat_age_ms) },
    { title: "TASK", value: (agent) => (agent.lost ? "-" : agent.current_tasks.join(", ") || "-"), flexible: true },
    {
      title: "WHERE",
      value: (agent) => `${agent.host} pid ${agent.pid}`,
      flexible: true,
      style: (text) => style.dim(text),
    },
  ];
  return aligned(agents, columns, width, (title) => style.dim(title));
}

const statusOf = ({ lost, status, draining }: AgentState): string =>
  lost ? "LOST" : `${status}${draining ? ", draining" : ""}`;

function agentStyle(style: ChalkInstance, agent: AgentState): (text: string) => string {
  if (agent.lost) return style.red;
  if (agent.status === "offline") return style.dim;
  return agent.status === "idle" ? (text) => text : style.cyan;
}

/** How many tasks stand how, and how many ended in the hour before. */
export function taskLines(
  { tasks, last_hour }: Pick<Snapshot, "tasks" | "last_hour">,
  style: ChalkInstance,
  width: number,
  none = 'none yet: mjagent publish --title "…" --type design',
): string[] {
  if (STATUSES.every((status) => tasks[status] === 0)) return [none];
  const counts = (statuses: readonly Status[]): string[] =>
    statuses.filter((status) => tasks[status] > 0).map((status) => `${tasks[status]} ${statusWords(status)}`);
  const row = (name: string, items: string[]): string[] =>
    filled(items.length === 0 ? ["none"] : items, ", ", width - NAME).map(
      (line, index) => style.dim((index === 0 ? name : "").padEnd(NAME)) + line,
    );
  return [
    ...row("open", counts(OPEN)),
    ...row("ended", counts(ENDED)),
    ...row("last hour", [`${last_hour.completed} completed`, `${last_hour.failed} failed`]),
  ];
}

const NAME = 11;
const OPEN = ["in_progress", "available", "scheduled", "blocked", "awaiting_approval"] as const;
const ENDED = ["completed", "failed", "cancelled"] as const;

/** What needs somebody, worst first; each with the command that helps. */
const KINDS: readonly { kind: Attention["kind"]; words: string; next: string; all: string }[] = [
  { kind: "no_dispatcher", words: "no dispatcher", next: "mjagent run --all", all: "" },
  { kind: "lost_agent", words: "lost agent", next: "mjagent run --agent NAME", all: "mjagent status --json" },
  { kind: "paused", words: "paused", next: "mjagent resume", all: "mjagent status --json" },
  {
    kind: "rate_limited",
    words: "rate limit",
    next: "mjagent resume --account NAME",
    all: "mjagent status --json",
  },
  { kind: "budget", words: "budget used up", next: "mjagent budget raise ROLE", all: "mjagent budget" },
  { kind: "budget_warning", words: "budget", next: "mjagent budget", all: "mjagent budget" },
  { kind: "failed", words: "failed", next: "mjagent retry ID", all: "mjagent tasks --status failed" },
  {
    kind: "awaiting_approval",
    words: "approval",
    next: "mjagent approve ID",
    all: "mjagent tasks --status awaiting_approval",
  },
  { kind: "unrouted", words: "unrouted", next: "mjagent why ID", all: "mjagent tasks --status available" },
  {
    kind: "blocked_by_missing",
    words: "blocker missing",
    next: "mjagent cancel ID",
    all: "mjagent tasks --status blocked",
  },
  { kind: "blocked_by_failed", words: "blocker failed", next: "mjagent why ID", all: "mjagent tasks --status failed" },
];
const NOT_HANDED_OUT = "tasks are not handed out until an agent runs";

function attentionSection(
  attention: readonly Attention[],
  style: ChalkInstance,
  width: number,
  ofAKind: number,
): string[] {
  if (attention.length === 0) return [style.dim("Nothing needs attention.")];
  const rows: { words: string; id: string; text: string }[] = [];
  const more: string[] = [];
  for (const { kind, words, all } of KINDS) {
    const found = attention.filter((item) => item.kind === kind);
    for (const { id, text } of found.slice(0, ofAKind)) {
      rows.push(kind === "no_dispatcher" ? { words, id: "-", text: NOT_HANDED_OUT } : { words, id, text });
    }
    const left = found.length - ofAKind;
    if (left > 0) more.push(`and ${left} more, ${words}: ${all}`);
  }
  const columns: Column<(typeof rows)[number]>[] = [
    { title: "", value: (row) => row.words, style: (text) => style.yellow(text) },
    { title: "", value: (row) => row.id },
    { title: "", value: (row) => row.text, flexible: true },
  ];
  const [, ...lines] = aligned(rows, columns, width, (title) => title);
  const next = KINDS.filter((known) => attention.some((item) => item.kind === known.kind));
  const nexts = filled(
    next.map((known) => `${known.next} (${known.words})`),
    ", ",
    width - 6,
  );
  return [
    style.bold("Needs attention"),
    ...[...lines, ...more].map(indent),
    ...nexts.map((line, index) => `${index === 0 ? `${style.bold("next:")} ` : "      "}${line}`),
  ];
}
