import { stat } from "node:fs/promises";
import { basename, dirname, relative } from "node:path";
import type { AgentFormat } from "../domain/agent-format.js";
import { importedRole } from "../domain/imported-role.js";
import { agentIdOf } from "../domain/role.js";
import { type ErrorCode, MjError } from "../errors.js";
import { agentFilesOf, findAgentFiles, looksLikeAgent, readAgentFile } from "./agent-files.js";
import { firstHeld, installedClis } from "../executors/installed.js";
import { writeRole } from "./role-files.js";
import { roleYaml } from "./role-yaml.js";
import { isRolePath, takenNames } from "./roles.js";
import { shippedRoles, writeShippedRole } from "./shipped-roles.js";
import { shownPath } from "./shown-path.js";

/** What became of one agent that was found, or asked for. */
export interface ImportedAgent {
  source: string;
  /** Null when it could not be read, and for a role that comes with mjagent. */
  format: AgentFormat | null;
  name: string | null;
  /** The role file; null when none was written. */
  file: string | null;
  /** Fields that have no counterpart, kept as comments. */
  commented: string[];
  /** Why it was left; null when it was imported. */
  left: string | null;
  /** Set when it was left though it was asked for by name. */
  error: ErrorCode | null;
}

/** Where roles go, and the names that are taken there, with the files that take them. */
interface Target {
  agentsDir: string;
  taken: Map<string, string>;
}

/** Makes roles of all agent files that the agent CLIs keep in a project. Roles that are there are left alone. */
export async function importProject(agentsDir: string, project: string): Promise<ImportedAgent[]> {
  const target = { agentsDir, taken: await takenNames(agentsDir) };
  return await importFound(target, await findAgentFiles(project));
}

/**
 * Makes roles of what was asked for: agent files, those of folders, and roles that come with mjagent, by their names.
 * What cannot be imported does not keep the others from it.
 */
export async function importSources(agentsDir: string, sources: readonly string[]): Promise<ImportedAgent[]> {
  const target = { agentsDir, taken: await takenNames(agentsDir) };
  const imported: ImportedAgent[] = [];
  for (const source of sources) {
    const info = await stat(source).catch(() => null);
    if (info === null && !isRolePath(source)) imported.push(await importShipped(target, source));
    else if (info?.isDirectory() !== true) imported.push(await importFile(target, source, true));
    else {
      const found = await importFound(target, await agentFilesOf(source));
      imported.push(...(found.length > 0 ? found : [left(source, "not_found", "no agent files are in it")]));
    }
  }
  return imported;
}

async function importShipped({ agentsDir, taken }: Target, name: string): Promise<ImportedAgent> {
  const { examples, more } = await shippedRoles();
  const names = [...examples, ...more];
  const shipped = { ...left(name, null, ""), source: name };
  if (!names.includes(name)) {
    const why = `it is no file, and no role that comes with mjagent: those are ${names.join(", ")}`;
    return { ...shipped, left: why, error: "not_found" };
  }
  const owner = taken.get(name);
  if (owner !== undefined) return { ...shipped, name, left: `${owner} exists already`, error: "conflict" };
  const cli = firstHeld(await installedClis(process.env));
  const file = shownPath(await writeShippedRole(agentsDir, name, cli).then(([role]) => role.file));
  taken.set(name, file);
  return { ...shipped, name, file, left: null };
}

async function importFound(target: Target, files: readonly string[]): Promise<ImportedAgent[]> {
  const imported: ImportedAgent[] = [];
  // One after the other: of two with one name, the first has it.
  for (const file of files) imported.push(await importFile(target, file, false));
  return imported;
}

/** @param named asked for itself: then it is an agent, whatever it looks like */
async function importFile({ agentsDir, taken }: Target, source: string, named: boolean): Promise<ImportedAgent> {
  const agent = await readAgentFile(source);
  const refuse = (code: ErrorCode, why: string, more: Partial<ImportedAgent> = {}): ImportedAgent => ({
    ...left(source, named ? code : null, why),
    ...more,
  });
  if ("refused" in agent) return refuse(agent.missing ? "not_found" : "usage", agent.refused);
  const { format } = agent;
  if (!named && !looksLikeAgent(agent)) return refuse("usage", "it has no name and no description", { format });
  const imported = importedRole(agent);
  if ("refused" in imported) return refuse("usage", imported.refused, { format });
  const { role, kept } = imported;
  const { name } = role;
  const owner = taken.get(name) ?? taken.get(agentIdOf(role).toLowerCase());
  if (owner !== undefined) return refuse("conflict", `${owner} exists already`, { format, name });
  try {
    const file = shownPath(await writeRole(agentsDir, name, roleYaml(imported, nameIn(agentsDir, source))));
    for (const id of [name, agentIdOf(role).toLowerCase()]) taken.set(id, file);
    return { source: shownPath(source), format, name, file, commented: Object.keys(kept), left: null, error: null };
  } catch (error) {
    if (!(error instanceof MjError)) throw error;
    return refuse(error.code, error.message, { format, name });
  }
}

const left = (source: string, error: ErrorCode | null, why: string): ImportedAgent => ({
  source: shownPath(source),
  format: null,
  name: null,
  file: null,
  commented: [],
  left: why,
  error,
});

/** The source as the role file names it: the file is shared with people who have other folders. */
function nameIn(agentsDir: string, source: string): string {
  const path = relative(dirname(agentsDir), source);
  return path.startsWith("..") ? basename(source) : path;
}
