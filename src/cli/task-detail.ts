import type { ChalkInstance } from "chalk";
import { agoText, formatDuration, timeText } from "../domain/duration.js";
import type { Json } from "../domain/json-value.js";
import type { AttemptRecord, TaskRecord, TaskResult } from "../domain/task.js";
import { amountText } from "../domain/workspace.js";
import { aligned } from "./table.js";
import type { Why } from "../domain/why.js";
import { statusStyle, statusWords } from "./task-view.js";
import { manyLines, oneLine, wrapped } from "./text.js";
import { whySection } from "./why-view.js";

/** What is shown of a task besides its record. */
export interface Surroundings {
  /** Of the first blockers: where each stands. */
  blockers: readonly { task_id: string; status: string }[];
  why: Why;
  now: number;
  width: number;
}

/** A whole task for people. */
export function taskDetail(task: TaskRecord, around: Surroundings, style: ChalkInstance): string {
  const sections = [
    [style.bold(oneLine(task.title)), ...fields(task, around, style)],
    section("Description", task.description === null ? [] : manyLines(task.description.trimEnd()).split("\n"), style),
    section("Result", task.result ? resultLines(task.result) : [], style),
    section("Attempts", attemptLines(task, around, style), style),
    whySection(around.why, style, around.width),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function fields(task: TaskRecord, { blockers, now }: Surroundings, style: ChalkInstance): string[] {
  const status = statusStyle(style, task.status)(statusWords(task.status));
  const ago = (time: string): string => `${timeText(time)} (${agoText(now - Date.parse(time))})`;
  const more = task.blocked_by.length - blockers.length;
  const waits = [
    ...blockers.map((b) => `${b.task_id} (${statusWords(b.status)})`),
    ...(more > 0 ? [`${more} more`] : []),
  ];
  const { not_before, started_at, finished_at, error, steered } = task;
  const why = steered?.reason ? `: ${oneLine(steered.reason)}` : "";
  const rows: [string, string | null][] = [
    ["id", task.task_id],
    ["status", status],
    ["error", error && `${oneLine(error.message)} (${error.reason})`],
    ["priority", task.priority],
    ["type", task.type && oneLine(task.type)],
    ["phase", task.phase && oneLine(task.phase)],
    ["tags", oneLine(task.tags.join(", "))],
    ["files", oneLine(task.files.join(", "))],
    ["blocked by", waits.join(", ")],
    ["not before", not_before && timeText(not_before)],
    ["parent", task.parent_id],
    ["agent", task.owner && oneLine(task.owner)],
    ["attempts", `${task.attempts} of ${task.max_attempts}`],
    ["timeout", task.timeout_ms === null ? null : formatDuration(task.timeout_ms)],
    ["created", `${ago(task.created_at)}${task.created_by === null ? "" : ` by ${oneLine(task.created_by)}`}`],
    ["started", started_at && ago(started_at)],
    ["finished", finished_at && ago(finished_at)],
    [steered?.action ?? "", steered && `${ago(steered.at)} by ${oneLine(steered.by)}${why}`],
    ["payload", task.payload === null && task.payload_object ? GONE : shortJson(task.payload)],
  ];
  return rows.flatMap(([name, value]) => (value === null || value === "" ? [] : [`  ${name.padEnd(12)}${value}`]));
}

/** What a result says besides its output. Escaped. */
export function resultLines(result: TaskResult): string[] {
  const { summary, output, exit_code, duration_ms, artifacts, usage, session_id, data, dropped_lines } = result;
  const leftOut = result.artifacts_left_out ?? [];
  const tokens = [usage.input_tokens, usage.output_tokens].map((count) => String(count ?? "?"));
  const rows: [string, string | null][] = [
    ["summary", summary && oneLine(summary)],
    ["exit code", exit_code === null ? null : String(exit_code)],
    ["took", duration_ms === null ? null : formatDuration(duration_ms)],
    ["artifacts", oneLine(artifacts.join(", "))],
    ["not kept", oneLine(leftOut.join("; "))],
    ["tokens", tokens.every((count) => count === "?") ? null : `${tokens[0] ?? ""} in, ${tokens[1] ?? ""} out`],
    ["cost", usage.cost_usd === null ? null : `$${usage.cost_usd.toFixed(4)}`],
    ["session", session_id && oneLine(session_id)],
    ["changes", result.changes ? `${oneLine(result.changes.branch)}, ${amountText(result.changes)}` : null],
    ["data", shortJson(data)],
    ["log", droppedText(dropped_lines)],
    // The whole output is in --json and in the log; here it would push everything else off the screen.
    ["output", output === null || output === summary ? null : `${output.length} characters: --json shows them`],
  ];
  return rows.flatMap(([name, value]) => (value === null || value === "" ? [] : [`${name.padEnd(12)}${value}`]));
}

/** `count`: undefined in records of old. */
function droppedText(count: number | undefined): string | null {
  if (!count) return null;
  return `${count.toLocaleString("en-US")} ${count === 1 ? "line was" : "lines were"} dropped: too many, or not stored`;
}

const GONE = "not stored any more";
const SHOWN_LENGTH = 1_000;

/** A value on one line, the beginning of a large one. */
function shortJson(value: Json): string | null {
  if (value === null) return null;
  const json = JSON.stringify(value);
  if (json.length <= SHOWN_LENGTH) return oneLine(json);
  return `${oneLine(json.slice(0, SHOWN_LENGTH))}… (${json.length} characters: --json shows them)`;
}

function attemptLines(task: TaskRecord, { now, width }: Surroundings, style: ChalkInstance): string[] {
  const { history } = task;
  if (history.length === 0) return [];
  const took = (entry: AttemptRecord): string =>
    formatDuration(
      Math.max(0, (entry.ended_at === null ? now : Date.parse(entry.ended_at)) - Date.parse(entry.started_at)),
    );
  const ended = (entry: AttemptRecord): string => {
    if (entry.outcome === null) return "running";
    const outcome = statusWords(entry.outcome);
    return entry.reason === null || entry.reason === entry.outcome ? outcome : `${outcome} (${entry.reason})`;
  };
  const [header = "", ...rows] = aligned(
    history,
    [
      { title: "#", value: (entry) => String(entry.attempt), align: "right" },
      { title: "AGENT", value: (entry) => entry.agent_id },
      { title: "OUTCOME", value: ended, flexible: true },
      { title: "TOOK", value: took },
      { title: "STARTED", value: (entry) => timeText(entry.started_at) },
    ],
    width - 2,
    (title) => style.dim(title),
  );
  const handedBack = ({ message }: AttemptRecord): string[] =>
    message === undefined ? [] : wrapped(oneLine(message), width - 5).map((line) => `   ${line}`);
  const late = ({ late }: AttemptRecord): string[] => {
    if (!late) return [];
    const said = late.summary === null ? "" : `, ${oneLine(late.summary)}`;
    const came = `came too late: ${statusWords(late.outcome)}${said}`;
    return [`   ${style.yellow(came)}; mjagent tasks show ${task.task_id} --json shows it whole`];
  };
  const below = (entry: AttemptRecord): string[] => [...handedBack(entry), ...late(entry)];
  return [header, ...rows.flatMap((row, index) => [row, ...history.slice(index, index + 1).flatMap(below)])];
}

const section = (title: string, lines: readonly string[], style: ChalkInstance): string[] =>
  lines.length === 0 ? [] : [style.bold(title), ...lines.map((line) => `  ${line}`)];
