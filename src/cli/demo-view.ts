import type { ChalkInstance } from "chalk";
import { formatDuration } from "../domain/duration.js";
import type { AttemptRecord, TaskRecord } from "../domain/task.js";
import type { DemoResult } from "../operations/demo.js";
import { aligned, type Column } from "./table.js";

/** When each task was claimed and how long everything took; what was made; where to look. */
export function demoText(result: DemoResult, style: ChalkInstance, width = Number.POSITIVE_INFINITY): string {
  return [
    "",
    style.bold("Timeline"),
    ...timeline(result.tasks, style, width),
    "",
    style.bold(`Files in ${result.folder}`),
    ...tree(result.files),
    "",
    result.page === null
      ? style.red("No page was made.")
      : `${style.green("✓")} The page: ${style.bold(`file://${result.page}`)}`,
  ].join("\n");
}

function timeline(tasks: readonly TaskRecord[], style: ChalkInstance, width: number): string[] {
  const start = Math.min(...tasks.map((task) => Date.parse(task.created_at)));
  const attempt = (task: TaskRecord): AttemptRecord | undefined => task.history.at(-1);
  const between = (from: string | undefined, to: string | null | undefined): string =>
    from === undefined || to === undefined || to === null ? "–" : formatDuration(Date.parse(to) - Date.parse(from));
  const columns: Column<TaskRecord>[] = [
    { title: "AT", value: (task) => `+${formatDuration(Date.parse(task.created_at) - start)}` },
    { title: "AGENT", value: (task) => attempt(task)?.agent_id ?? "–" },
    { title: "TO CLAIM", value: (task) => between(task.created_at, attempt(task)?.started_at), align: "right" },
    { title: "RUN", value: (task) => between(attempt(task)?.started_at, attempt(task)?.ended_at), align: "right" },
    { title: "STATUS", value: (task) => task.status },
    { title: "TASK", value: (task) => task.title, flexible: true },
  ];
  return aligned(tasks, columns, width - 2, (title) => style.dim(title)).map((line) => `  ${line}`);
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
export function commandsToTry(folder: string, url: string, program: string): string[] {
  return [
    `cd ${folder} && export NATS_URL=${url} && alias mjagent="node ${program}"`,
    "mjagent status --watch",
    'mjagent publish --title "Design the lessons page" --type design --payload \'{"brief":"lessons.yaml"}\' --wait',
    "mjagent tasks",
  ];
}
