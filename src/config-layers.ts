import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ConfigFile } from "./config-schema.js";
import { errnoOf, MjError } from "./errors.js";
import { configDir } from "./paths.js";
import { check } from "./schema-problems.js";
import { checkYaml, problemsError } from "./yaml.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Flags of the command line as commander names them. */
export interface SettingsFlags {
  server?: string;
  context?: string;
  creds?: string;
  user?: string;
  password?: string;
  token?: string;
  nkey?: string;
  ca?: string;
  cert?: string;
  key?: string;
  /** For connecting, such as `5s`. */
  timeout?: string;
  workspace?: string;
  prefix?: string;
  agentsDir?: string;
}

/** One place settings come from: the keys of a configuration file, and what its messages and paths start from. */
export interface Layer {
  values: ConfigFile;
  /** How messages call a key. */
  nameOf: (key: string) => string;
  /** Relative paths start here. */
  base: string;
}

export const NATS_KEYS = ["creds", "user", "password", "token", "nkey", "ca", "cert", "key"] as const;

/** Best first: flags, environment, `mjagent.yaml` (nearest up the tree), `~/.config/mjagent/config.yaml`. */
export async function readLayers(flags: SettingsFlags, env: Environment, cwd: string): Promise<Layer[]> {
  const given = [flagLayer(flags, cwd), environmentLayer(env, cwd)];
  given.forEach(checkLayer);
  return [...given, ...(await fileLayers(cwd))];
}

/** The nearest file or folder of that name, here or further up. */
export async function findUp(from: string, name: string, kind: "file" | "folder"): Promise<string | undefined> {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    const path = join(dir, name);
    const found = await stat(path).catch(() => undefined);
    if (kind === "file" ? found?.isFile() === true : found?.isDirectory() === true) return path;
    if (dirname(dir) === dir) return undefined;
  }
}

function flagLayer(flags: SettingsFlags, cwd: string): Layer {
  const { workspace, prefix, agentsDir } = flags;
  const nats = Object.fromEntries((["server", "context", ...NATS_KEYS] as const).map((key) => [key, flags[key]]));
  return {
    values: { ...nats, workspace: { id: workspace, prefix }, agents_dir: agentsDir },
    nameOf: (key) => `--${{ "workspace.id": "workspace", "workspace.prefix": "prefix" }[key] ?? key.replace("_", "-")}`,
    base: cwd,
  };
}

const VARIABLES: Readonly<Record<string, string>> = {
  server: "NATS_URL",
  context: "NATS_CONTEXT",
  ...Object.fromEntries(NATS_KEYS.map((key) => [key, `NATS_${key.toUpperCase()}`])),
  "workspace.id": "MJAGENT_WORKSPACE",
  "workspace.prefix": "MJAGENT_PREFIX",
  agents_dir: "MJAGENT_AGENTS_DIR",
};

function environmentLayer(env: Environment, cwd: string): Layer {
  // An empty variable counts as one that is not set: that is how shells and CI systems blank one out.
  const get = (key: string) => {
    const value = env[VARIABLES[key] ?? ""];
    return value === "" ? undefined : value;
  };
  const nats = Object.fromEntries(["server", "context", ...NATS_KEYS].map((key) => [key, get(key)]));
  const workspace = { id: get("workspace.id"), prefix: get("workspace.prefix") };
  return {
    values: { ...nats, workspace, agents_dir: get("agents_dir") },
    nameOf: (key) => VARIABLES[key] ?? key,
    base: cwd,
  };
}

async function fileLayers(cwd: string): Promise<Layer[]> {
  const project = await findUp(cwd, "mjagent.yaml", "file");
  const files = [...(project === undefined ? [] : [project]), join(configDir(), "config.yaml")];
  const layers: Layer[] = [];
  const problems: string[] = [];
  for (const file of files) {
    const text = await readIfThere(file);
    if (text === undefined || isBlank(text)) continue;
    const result = checkYaml(text, file, ConfigFile);
    if (!result.ok) problems.push(...result.problems);
    else layers.push({ values: result.value, nameOf: (key) => `${key} of ${file}`, base: dirname(file) });
  }
  if (problems.length > 0) throw problemsError(problems);
  return layers;
}

/** A file of comments sets nothing. */
const isBlank = (text: string): boolean => text.split("\n").every((line) => /^\s*(#|$)/.test(line));

/** Holds flags and variables to the rules of the files. */
function checkLayer(layer: Layer): void {
  const checked = check(ConfigFile, layer.values);
  if (checked.ok) return;
  const lines = checked.problems.map(({ path, text }) => `${layer.nameOf(path.join("."))}: ${text}`);
  throw new MjError("usage", lines.join("\n"));
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return undefined;
    throw new MjError("usage", `cannot read ${file}`, { why: errnoOf(cause), cause });
  }
}
