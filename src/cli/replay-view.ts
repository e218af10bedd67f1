import type { ChalkInstance } from "chalk";
import { agoText } from "../domain/duration.js";
import { isMove } from "../domain/message.js";
import type { Gap, Replay } from "../domain/replay.js";
import type { ReplayedTask } from "../domain/task-replay.js";
import { shortTime } from "./moment.js";
import { indent, taskLines } from "./status-view.js";
import { aligned, type Column } from "./table.js";
import { someOf } from "../domain/dependencies.js";
import { statusWords } from "./task-view.js";
import { cut, oneLine } from "./text.js";

/** Of each kind of task so many are shown. */
const OF_A_KIND = 10;

/** What the fleet looked like, as `mjagent status` shows what it looks like, at most `width` wide. */
export function replayText(
  replay: Replay & { workspace: string },
  now: number,
  style: ChalkInstance,
  width: number,
): string {
  const { workspace, at, running, waiting, failed, gaps } = replay;
  const short = (time: string): string => shortTime(time, Date.parse(at));
  const since: Column<ReplayedTask> = { title: "SINCE", value: (task) => short(task.since), align: "right" };
  const id: Column<ReplayedTask> = { title: "TASK", value: (task) => task.task_id };
  const agent: Column<ReplayedTask> = { title: "AGENT", value: (task) => task.agent_id ?? "-" };
  const table = <T>(rows: readonly T[], columns: readonly Column<T>[]): string[] =>
    aligned(rows, columns, width - 2, (title) => style.dim(title));
  const tasks = (found: readonly ReplayedTask[], columns: readonly Column<ReplayedTask>[]): string[] => {
    if (found.length === 0) return [];
    const more = found.length - OF_A_KIND;
    return [...table(found.slice(0, OF_A_KIND), columns), ...(more > 0 ? [`and ${more} more: --json shows all`] : [])];
  };
  const sections: [string, string[]][] = [
    ["Agents", agentLines(replay, short, style, table)],
    ["Tasks", taskLines(replay, style, width - 2, "none")],
    [
      "Running",
      tasks(running, [
        ...[id, agent, since],
        { title: "TRY", value: (task) => String(task.attempt), align: "right" },
        { title: "TITLE", value: (task) => task.title, flexible: true },
      ]),
    ],
    [
      "Waiting",
      tasks(waiting, [
        id,
        { title: "STATUS", value: (task) => statusWords(task.status ?? "") },
        since,
        { title: "WHY", value: (task) => whyText(task, short), flexible: true },
      ]),
    ],
    // The newest are what one looks for.
    [
      "Failed",
      tasks(failed.toReversed(), [...[id, agent, since], { title: "WHY", value: failedText, flexible: true }]),
    ],
    ["What the log cannot tell", gaps.flatMap((gap) => gapLines(gap, width - 4))],
  ];
  const heading = `${style.bold(oneLine(workspace))} at ${shortTime(at, now)} (${agoText(now - Date.parse(at))})`;
  return [
    heading,
    ...sections
      .filter(([, lines]) => lines.length > 0)
      .map(([title, lines]) => [style.bold(title), ...lines.map(indent)].join("\n")),
  ].join("\n\n");
}

function agentLines(
  { agents }: Replay,
  short: (time: string) => string,
  style: ChalkInstance,
  table: <T>(rows: readonly T[], columns: readonly Column<T>[]) => string[],
): string[] {
  if (agents.length === 0) return ["none"];
  type Agent = Replay["agents"][number];
  const status = (agent: Agent): string =>
    agent.lost ? "LOST" : agent.current_tasks.length === 0 ? "idle" : "working";
  return table<Agent>(agents, [
    { title: "AGENT", value: (agent) => agent.agent_id },
    { title: "STATUS", value: status, style: (text, agent) => (agent.lost ? style.red(text) : text) },
    { title: "SINCE", value: (agent) => short(agent.since), align: "right" },
    { title: "TASK", value: (agent) => agent.current_tasks.join(", ") || "-", flexible: true },
    {
      title: "WHERE",
      value: ({ host, pid }) => (host === null ? "-" : `${host} pid ${pid ?? "?"}`),
      flexible: true,
      style: (text) => style.dim(text),
    },
  ]);
}

function whyText({ title, status, blocked_by, not_before, reason, message }: ReplayedTask, short: Short): string {
  const after = message ?? (reason === null || isMove(reason) ? null : reason);
  switch (status) {
    case "blocked":
      return `${title}: waits for ${someOf(blocked_by)}`;
    case "scheduled":
      return `${title}: due ${not_before === null ? "later" : short(not_before)}${after === null ? "" : `, after: ${after}`}`;
    case "awaiting_approval":
      return `${title}: nobody has approved it`;
    default:
      return after === null ? title : `${title}: ${after}`;
  }
}

type Short = (time: string) => string;

const failedText = ({ title, message, reason }: ReplayedTask): string => `${title}: ${message ?? reason ?? "failed"}`;

const gapLines = ({ text, task_ids }: Gap, width: number): string[] =>
  task_ids.length === 0 ? [text] : [`${text}:`, `  ${cut(oneLine(someOf(task_ids)), width)}`];
