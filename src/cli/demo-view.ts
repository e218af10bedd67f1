import type { ChalkInstance } from "chalk";
import { formatDuration } from "../domain/duration.js";
import type { TaskRecord } from "../domain/task.js";
import type { DemoResult } from "../operations/demo.js";
import { oneLine } from "./text.js";

/** When each task was claimed and how long everything took; what was made; where to look. */
export function demoText(result: DemoResult, style: ChalkInstance): string {
  return [
    "",
    style.bold("Timeline"),
    ...timeline(result.tasks, style),
    "",
    style.bold(`Files in ${result.folder}`),
    ...tree(result.files),
    "",
    result.page === null
      ? style.red("No page was made.")
      : `${style.green("✓")} The page: ${style.bold(`file://${result.page}`)}`,
  ].join("\n");
}

function timeline(tasks: readonly TaskRecord[], style: ChalkInstance): string[] {
  const start = Math.min(...tasks.map((task) => Date.parse(task.created_at)));
  const rows = tasks.map((task) => {
    const attempt = task.history.at(-1);
    const claimed = attempt ? Date.parse(attempt.started_at) : null;
    const ended = attempt?.ended_at ? Date.parse(attempt.ended_at) : null;
    const created = Date.parse(task.created_at);
    return [
      `+${formatDuration(created - start)}`,
      attempt?.agent_id ?? "–",
      claimed === null ? "–" : formatDuration(claimed - created),
      claimed === null || ended === null ? "–" : formatDuration(ended - claimed),
      task.status,
      oneLine(task.title),
    ];
  });
  const head = ["AT", "AGENT", "TO CLAIM", "RUN", "STATUS", "TASK"];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [`  ${style.dim(line(head))}`, ...rows.map((row) => `  ${line(row)}`)];
}

/** Paths as a tree, folders first as they come. */
function tree(files: readonly string[]): string[] {
  const lines: string[] = [];
  let open: string[] = [];
  for (const file of files) {
    const parts = file.split(/[\\/]/);
    parts.forEach((part, depth) => {
      const isFile = depth === parts.length - 1;
      if (!isFile && open[depth] === part) return;
      if (!isFile) open = [...open.slice(0, depth), part];
      lines.push(`  ${"  ".repeat(depth)}${isFile ? part : `${part}/`}`);
    });
  }
  return lines;
}

/** What somebody can try while everything goes on running. */
export function commandsToTry(folder: string, url: string): string[] {
  return [
    `cd ${folder} && export NATS_URL=${url}`,
    "mjagent status --watch",
    'mjagent publish --title "Design the lessons page" --type design --payload \'{"brief":"brief.yaml"}\' --wait',
    "mjagent tasks",
  ];
}
