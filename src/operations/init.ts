import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { findUp } from "../config-layers.js";
import type { AgentCliName } from "../domain/command.js";
import { errnoOf } from "../errors.js";
import { firstHeld, installedClis } from "../executors/installed.js";
import { type ImportedAgent, importProject } from "./import-agents.js";
import { loadRoles } from "./roles.js";
import { shippedRoles, writeShippedRole } from "./shipped-roles.js";

/** What `initProject` found and did; paths are relative to the folder. */
export interface InitResult {
  created: string[];
  /** There before: left as they were. */
  kept: string[];
  /** The agents of other programs in this folder. */
  imported: ImportedAgent[];
  /** The agent CLIs that can be started here. */
  clis: AgentCliName[];
  /** What runs the roles that were created. */
  adapter: AgentCliName | "auto";
  /** Whether the folder is in a git repository. */
  git: boolean;
  /** Roles whose agent CLI is not among those. */
  not_runnable: { name: string; adapter: string }[];
}

const CONFIG = `# Settings of this project; all of them: docs/configuration.md of mjagent.
# Flags and NATS_* variables win over this file.
# server: nats://127.0.0.1:4222
# workspace: { id: MJ_ONLINE, prefix: mjwork }
agents_dir: agents
`;

/**
 * Sets a folder up by what is in it and on this machine: the example agents, run by the first agent CLI there is, the
 * agents that other programs have here, and an `mjagent.yaml`. What exists is never overwritten.
 */
export async function initProject(folder: string, env: NodeJS.ProcessEnv = process.env): Promise<InitResult> {
  const agentsDir = join(folder, "agents");
  const clis = await installedClis(env);
  const cli = firstHeld(clis);
  const created: string[] = [];
  const kept: string[] = [];
  const note = (file: string, existed: boolean): number => (existed ? kept : created).push(relative(folder, file));

  await mkdir(agentsDir, { recursive: true });
  for (const name of (await shippedRoles()).examples) {
    for (const { file, existed } of await writeShippedRole(agentsDir, name, cli)) note(file, existed);
  }
  const imported = await importProject(agentsDir, folder);
  const config = join(folder, "mjagent.yaml");
  note(config, await writeConfig(config));
  const git = (await findUp(folder, ".git", "folder")) ?? (await findUp(folder, ".git", "file"));
  const roles = await loadRoles(agentsDir).catch(() => []);
  const not_runnable = roles.flatMap(({ role: { name, command } }) =>
    command.adapter === "command" || command.adapter === "auto" || clis.includes(command.adapter)
      ? []
      : [{ name, adapter: command.adapter }],
  );
  return { created, kept, imported, clis, adapter: cli, git: git !== undefined, not_runnable };
}

/** @returns whether it was there before */
async function writeConfig(file: string): Promise<boolean> {
  try {
    await writeFile(file, CONFIG, { flag: "wx" });
    return false;
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    return true;
  }
}
