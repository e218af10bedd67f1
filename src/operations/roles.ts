import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { agentIdOf, Role } from "../domain/role.js";
import { errnoOf, MjError } from "../errors.js";
import { roleProblems } from "../executors/adapter-problems.js";
import { unknown } from "../schema-problems.js";
import { checkYaml, problemsError } from "../yaml.js";

/** A role as its file defines it, ready to run: what `prompt_file` holds is in `role.prompt`. */
export interface LoadedRole {
  role: Role;
  /** Absolute. */
  file: string;
  /** The folder that holds the agents folder: what the role's `cwd` starts from. */
  projectDir: string;
}

type RoleCheck = { loaded: LoadedRole; positionOf: (key: string) => string } | { problems: string[] };

const NEXT = "correct them; `mjagent agents validate` checks all files again";

/**
 * All roles of a folder, by name.
 * @throws MjError `not_found` when there is no such folder or nothing in it; `usage` with ALL problems of ALL files
 */
export async function loadRoles(agentsDir: string): Promise<LoadedRole[]> {
  return await readRoles(await roleFiles(agentsDir), dirname(resolve(agentsDir)));
}

/**
 * One role, by its name in any case; the other files of the folder are not looked at.
 * @throws MjError `not_found` with the names there are; `usage` with all problems of the file
 */
export async function loadRole(agentsDir: string, name: string): Promise<LoadedRole> {
  const files = await roleFiles(agentsDir);
  const named = files.filter((file) => nameOf(file).toLowerCase() === name.toLowerCase());
  if (named.length === 0) {
    const names = files.map(nameOf);
    throw new MjError("not_found", unknown("agent", name, names), {
      why: `${shown(agentsDir)} holds ${names.join(", ")}`,
      hint: `make it with: mjagent agents new ${name}`,
    });
  }
  const [role] = await readRoles(named, dirname(resolve(agentsDir)));
  if (role === undefined) throw new MjError("not_found", `unknown agent "${name}"`);
  return role;
}

/**
 * Checks role files, wherever they are.
 * @throws MjError `usage` with ALL problems of ALL files
 */
export async function validateFiles(files: readonly string[]): Promise<LoadedRole[]> {
  return await readRoles(files.map((file) => resolve(file)));
}

async function roleFiles(agentsDir: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(agentsDir);
  } catch (cause) {
    const why = errnoOf(cause) === "ENOENT" ? "there is no such folder" : errnoOf(cause);
    throw new MjError("not_found", `no agents in ${shown(agentsDir)}`, { why, hint: INIT, cause });
  }
  const files = entries.filter((entry) => /\.ya?ml$/i.test(entry) && !entry.startsWith(".")).sort();
  if (files.length === 0) {
    throw new MjError("not_found", `no agents in ${shown(agentsDir)}`, { why: "no *.yaml file is there", hint: INIT });
  }
  return files.map((file) => join(resolve(agentsDir), file));
}

const INIT = "run `mjagent init` for the four example agents, or name a folder with --agents-dir";

async function readRoles(files: readonly string[], projectDir?: string): Promise<LoadedRole[]> {
  const checks = await Promise.all(files.map((file) => readRole(file, projectDir ?? dirname(dirname(file)))));
  const problems: string[] = [];
  const loaded: LoadedRole[] = [];
  const owners = new Map<string, string>();
  for (const check of checks) {
    if ("problems" in check) {
      problems.push(...check.problems);
      continue;
    }
    const { role, file } = check.loaded;
    const id = agentIdOf(role).toLowerCase();
    const owner = owners.get(id);
    if (owner === undefined) owners.set(id, file);
    else {
      const key = role.display_name === undefined ? "name" : "display_name";
      problems.push(`${check.positionOf(key)}: the agent id ${agentIdOf(role)} is taken by ${shown(owner)}`);
    }
    loaded.push(check.loaded);
  }
  if (problems.length > 0) throw problemsError(problems, NEXT);
  return loaded;
}

async function readRole(file: string, projectDir: string): Promise<RoleCheck> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const why = errnoOf(cause) === "ENOENT" ? "there is no such file" : `cannot be read (${errnoOf(cause) ?? ""})`;
    return { problems: [`${shown(file)}: ${why}`] };
  }
  const result = checkYaml(text, shown(file), Role);
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
      problems.push(`${positionOf(["prompt_file"])}: cannot read ${shown(resolve(dirname(file), role.prompt_file))}`);
    }
  }
  problems.push(...roleProblems(role).map(({ path, message }) => `${positionOf(path)}: ${message}`));
  if (problems.length > 0) return { problems };
  return { loaded: { role, file, projectDir }, positionOf: (key) => positionOf([key]) };
}

const nameOf = (file: string): string => basename(file, extname(file));

/** Files as a person here would write them. */
function shown(file: string): string {
  const near = relative(process.cwd(), resolve(file));
  return near === "" || near.startsWith("..") ? resolve(file) : near;
}
