import { access, readdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { importedRole } from "../domain/imported-role.js";
import { agentIdOf, Role } from "../domain/role.js";
import { errnoOf, MjError } from "../errors.js";
import { roleProblems } from "../executors/adapter-problems.js";
import { readMemory } from "../executors/memory-file.js";
import { check, unknown } from "../schema-problems.js";
import { findWorkspaceProblem } from "../executors/workspace/apply.js";
import { checkYaml, problemsError } from "../yaml.js";
import { isAgentFile, readAgentFile } from "./agent-files.js";
import { shownPath } from "./shown-path.js";

/** A role as its file defines it, ready to run: what `prompt_file` holds is in `role.prompt`, `memory` is absolute. */
export interface LoadedRole {
  role: Role;
  /** Absolute. */
  file: string;
  /** The folder that holds the agents folder: what the role's `cwd` starts from. */
  projectDir: string;
  /** Where in its file a key is: `agents/debbie.yaml:3:1`. */
  positionOf: (key: string) => string;
}

type RoleCheck = { loaded: LoadedRole } | { problems: string[] };

const NEXT = "correct them; `mjagent agents validate` checks all files again";

/**
 * All roles of a folder, by name.
 * @throws MjError `not_found` when there is no such folder or nothing in it; `usage` with ALL problems of ALL files
 */
export async function loadRoles(agentsDir: string): Promise<LoadedRole[]> {
  return await readRoles(await roleFiles(agentsDir), dirname(resolve(agentsDir)));
}

/**
 * One role: by its name in any case, when the other files of the folder are not looked at, or by its path, which may
 * also be that of an agent file of another program.
 * @throws MjError `not_found` with the names there are; `usage` with all problems of the file
 */
export async function loadRole(agentsDir: string, name: string): Promise<LoadedRole> {
  if (isRolePath(name)) {
    const file = resolve(name);
    await access(file).catch((cause: unknown) => {
      throw new MjError("not_found", `no agent in ${name}`, { why: "there is no such file", cause });
    });
    return await onlyRole([file], name);
  }
  const files = await roleFiles(agentsDir);
  const named = files.filter((file) => nameOf(file).toLowerCase() === name.toLowerCase());
  if (named.length === 0) {
    const names = files.map(nameOf);
    throw new MjError("not_found", unknown("agent", name, names), {
      why: `${shownPath(agentsDir)} holds ${names.join(", ")}`,
      hint: `make it with: mjagent agents new ${name}`,
    });
  }
  return await onlyRole(named, name, dirname(resolve(agentsDir)));
}

async function onlyRole(files: readonly string[], name: string, projectDir?: string): Promise<LoadedRole> {
  const [role] = await readRoles(files, projectDir);
  if (role === undefined) throw new MjError("not_found", `unknown agent "${name}"`);
  return role;
}

/** Whether what stands for a role is the path of its file, not its name. */
export const isRolePath = (text: string): boolean => /[/\\]|\.(md|toml|ya?ml)$/i.test(text);

/**
 * Checks role files, and agent files of other programs, wherever they are.
 * @throws MjError `usage` with ALL problems of ALL files
 */
export async function validateFiles(files: readonly string[]): Promise<LoadedRole[]> {
  return await readRoles(files.map((file) => resolve(file)));
}

/**
 * The names and agent ids, in lower case, that the files of a folder take, with the file that takes each. A broken file
 * takes its name; a folder that is not there takes none.
 */
export async function takenNames(agentsDir: string): Promise<Map<string, string>> {
  const taken = new Map<string, string>();
  for (const file of await roleFiles(agentsDir).catch(() => [])) {
    const result = await readRole(file, dirname(resolve(agentsDir)));
    if ("loaded" in result) taken.set(agentIdOf(result.loaded.role).toLowerCase(), shownPath(file));
    taken.set(nameOf(file).toLowerCase(), shownPath(file));
  }
  return taken;
}

/**
 * Checks that this host can give roles their workspaces: what their files alone do not tell.
 * @throws MjError `usage` with ALL problems
 */
export async function checkWorkspaces(roles: readonly LoadedRole[]): Promise<void> {
  const found = await Promise.all(
    roles.map(({ role, projectDir }) => findWorkspaceProblem(role, resolve(projectDir, role.cwd))),
  );
  const problems = roles.flatMap(({ positionOf }, index) => {
    const problem = found[index];
    return problem ? [`${positionOf("workspace")}: ${problem.what}: ${problem.hint}`] : [];
  });
  if (problems.length > 0) throw problemsError(problems, NEXT);
}

async function roleFiles(agentsDir: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(agentsDir);
  } catch (cause) {
    const why = errnoOf(cause) === "ENOENT" ? "there is no such folder" : errnoOf(cause);
    throw new MjError("not_found", `no agents in ${shownPath(agentsDir)}`, { why, hint: INIT, cause });
  }
  const files = entries.filter((entry) => /\.ya?ml$/i.test(entry) && !entry.startsWith(".")).sort();
  if (files.length === 0) {
    throw new MjError("not_found", `no agents in ${shownPath(agentsDir)}`, {
      why: "no *.yaml file is there",
      hint: INIT,
    });
  }
  return files.map((file) => join(resolve(agentsDir), file));
}

const INIT = "run `mjagent init` for the four example agents, or name a folder with --agents-dir";

async function readRoles(files: readonly string[], projectDir?: string): Promise<LoadedRole[]> {
  const checks = await Promise.all(files.map((file) => readAny(file, projectDir ?? projectOf(file))));
  const problems: string[] = [];
  const loaded: LoadedRole[] = [];
  const owners = new Map<string, string>();
  for (const result of checks) {
    if ("problems" in result) {
      problems.push(...result.problems);
      continue;
    }
    const { role, file, positionOf } = result.loaded;
    const id = agentIdOf(role).toLowerCase();
    const owner = owners.get(id);
    if (owner === undefined) owners.set(id, file);
    else {
      const key = role.display_name === undefined ? "name" : "display_name";
      problems.push(`${positionOf(key)}: the agent id ${agentIdOf(role)} is taken by ${shownPath(owner)}`);
    }
    loaded.push(result.loaded);
  }
  if (problems.length > 0) throw problemsError(problems, NEXT);
  return loaded;
}

/** A file outside of an agents folder works where mjagent was started, as its own program would. */
const projectOf = (file: string): string =>
  isAgentFile(file) || basename(dirname(file)) !== "agents" ? process.cwd() : dirname(dirname(file));

const readAny = async (file: string, projectDir: string): Promise<RoleCheck> =>
  isAgentFile(file) ? await readAgent(file, projectDir) : await readRole(file, projectDir);

/** The role that `agents import` would make of an agent file. */
async function readAgent(file: string, projectDir: string): Promise<RoleCheck> {
  const problem = (text: string): RoleCheck => ({ problems: [`${shownPath(file)}: ${text}`] });
  const agent = await readAgentFile(file);
  if ("refused" in agent) return problem(agent.refused);
  const imported = importedRole(agent);
  if ("refused" in imported) return problem(imported.refused);
  const checked = check(Role, imported.role);
  if (checked.ok) return { loaded: { role: checked.value, file, projectDir, positionOf: () => shownPath(file) } };
  return { problems: checked.problems.map(({ path, text }) => `${shownPath(file)}: ${path.join(".")}: ${text}`) };
}

async function readRole(file: string, projectDir: string): Promise<RoleCheck> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const why = errnoOf(cause) === "ENOENT" ? "there is no such file" : `cannot be read (${errnoOf(cause) ?? ""})`;
    return { problems: [`${shownPath(file)}: ${why}`] };
  }
  const result = checkYaml(text, shownPath(file), Role);
  if (!result.ok) return result;
  const { value: role, positionOf } = result;
  const problems: string[] = [];
  if (role.name !== nameOf(file)) {
    problems.push(
      `${positionOf(["name"])}: name is "${role.name}", but the file's name is ${basename(file)}: make them equal`,
    );
  }
  if (role.prompt_file !== undefined) {
    try {
      role.prompt = await readFile(resolve(dirname(file), role.prompt_file), "utf8");
    } catch {
      problems.push(
        `${positionOf(["prompt_file"])}: cannot read ${shownPath(resolve(dirname(file), role.prompt_file))}`,
      );
    }
  }
  problems.push(...roleProblems(role).map(({ path, message }) => `${positionOf(path)}: ${message}`));
  if (role.memory !== undefined) {
    role.memory = resolve(dirname(file), role.memory);
    const memory = await readMemory(role.memory);
    if ("problem" in memory) problems.push(`${positionOf(["memory"])}: ${shownPath(role.memory)} ${memory.problem}`);
  }
  if (problems.length > 0) return { problems };
  return { loaded: { role, file, projectDir, positionOf: (key) => positionOf([key]) } };
}

const nameOf = (file: string): string => basename(file, extname(file));
