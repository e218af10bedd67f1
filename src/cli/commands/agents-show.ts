import { formatDuration } from "../../domain/duration.js";
import { loadRole, type LoadedRole } from "../../operations/roles.js";
import { shownPath } from "../../operations/shown-path.js";
import type { CommandContext } from "../context.js";
import { manyLines, oneLine } from "../text.js";
import { summaryOf } from "./agents-list.js";

export async function run({ args, out, agentsDir }: CommandContext): Promise<undefined> {
  const loaded = await loadRole(await agentsDir(), args[0] ?? "");
  out.item(
    { ...loaded.role, ...summaryOf(loaded), project_dir: loaded.projectDir },
    { id: (role) => role.name, text: (_, style) => describe(loaded, style.bold) },
  );
}

function describe(loaded: LoadedRole, heading: (text: string) => string): string {
  const { role } = loaded;
  const summary = summaryOf(loaded);
  const matches = Object.entries(role.match).filter(([, values]) => values.length > 0);
  const rows: [string, string][] = [
    ["agent id", summary.agent_id],
    ["description", role.description.replace(/\s+/g, " ")],
    ["file", summary.file],
    ...matches.map(([key, values]): [string, string] => [`match ${key}`, values.join(", ")]),
    ...(role.watch.length > 0 ? [["watch", role.watch.join(", ")] satisfies [string, string]] : []),
    ["command", role.command.adapter === "command" ? role.command.run.join(" ") : role.command.adapter],
    ...(role.memory === undefined ? [] : [["memory", shownPath(role.memory)] satisfies [string, string]]),
    ...(role.workspace.kind === "cwd" ? [] : [["workspace", role.workspace.kind] satisfies [string, string]]),
    ...(["own", "never"] as const).flatMap((key): [string, string][] =>
      role.scope?.[key] ? [[`scope ${key}`, role.scope[key].join(", ")]] : [],
    ),
    ...(["before", "after"] as const).flatMap((key): [string, string][] =>
      role[key] ? [[key, role[key].run.join(" ")]] : [],
    ),
    ["concurrency", String(role.concurrency)],
    ["timeout", formatDuration(role.timeout)],
    ["attempts", String(role.retry.max_attempts)],
    ...role.handoff.map((task): [string, string] => ["hands off", task.title]),
  ];
  const lines = rows.map(([key, value]) => `  ${key.padEnd(15)}${oneLine(value)}`);
  const system = role.command.adapter === "command" ? undefined : role.command.system_prompt;
  const section = (title: string, text: string | undefined): string[] =>
    text === undefined ? [] : ["", heading(title), manyLines(text.trimEnd()).replace(/^/gm, "  ")];
  return [heading(role.name), ...lines, ...section("system prompt", system), ...section("prompt", role.prompt)].join(
    "\n",
  );
}
