import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TASK_LINES } from "../domain/imported-role.js";
import { roleNameOf } from "../domain/role-name.js";
import { Role } from "../domain/role.js";
import { errnoOf, MjError } from "../errors.js";

/**
 * Writes a role to begin from, with a comment at each choice.
 * @returns the file
 * @throws MjError `usage` for a name that cannot be one, `conflict` when the file exists
 */
export async function newRole(agentsDir: string, name: string): Promise<string> {
  checkName(name);
  const title = name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
  return await writeRole(agentsDir, name, template(name, title));
}

/**
 * Writes a role file, never over another.
 * @returns the file
 * @throws MjError `conflict` when it exists
 */
export async function writeRole(agentsDir: string, name: string, yaml: string): Promise<string> {
  const file = join(agentsDir, `${name}.yaml`);
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, yaml, { flag: "wx" });
  } catch (cause) {
    if (errnoOf(cause) !== "EEXIST") throw cause;
    throw new MjError("conflict", `${file} exists already`, { hint: "edit it, or choose another name", cause });
  }
  return file;
}

function checkName(name: string): void {
  const checked = Role.shape.name.safeParse(name);
  if (checked.success) return;
  const better = roleNameOf(name);
  throw new MjError("usage", `"${name}" cannot be the name of a role`, {
    why: checked.error.issues[0]?.message,
    hint: better === "" ? undefined : `take: ${better}`,
  });
}

const template = (name: string, title: string): string => `# A role: one agent. Check it with: mjagent agents validate
name: ${name} # the file's name
display_name: ${title.replaceAll(" ", "")} # the agent id it goes by
description: What ${title} is good at
match: # any one of these makes a task eligible
  types: [${name}] # the task's type is one of these
  phases: [] # the task's phase contains one of these
  keywords: [] # title, description or payload mentions one of these words
  tags: []
  files: [] # globs against the task's files
command:
  adapter: claude
  # model: opus
  # Or any program, as an argv; the task comes as JSON on its stdin:
  # adapter: command
  # run: ["node", "bin/work.mjs", "{{task.title}}"]
prompt: |
  You are ${title}.

  ${TASK_LINES.trimEnd().replaceAll("\n", "\n  ").replaceAll(/ +\n/g, "\n")}
# workspace: worktree # a git branch for each task; or temp, an empty folder for each attempt
concurrency: 1 # tasks at a time
timeout: 30m # for one attempt
retry: { max_attempts: 3, backoff: 30s, max_backoff: 10m }
`;
