import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Environment, findUp, type Layer, NATS_KEYS, readLayers, type SettingsFlags } from "./config-layers.js";
import type { AgentCliName } from "./domain/command.js";
import { parseDuration } from "./domain/duration.js";
import type { WorkspaceRules } from "./domain/settings.js";
import { MjError } from "./errors.js";
import { readNatsContext } from "./nats/context.js";
import type { Workspace } from "./nats/names.js";
import { mergeNats, type NatsSettings, parseServers } from "./nats/settings.js";

export type { SettingsFlags } from "./config-layers.js";

/** Where agents are defined, and what runs them. */
export interface AgentSettings {
  /** Absolute; need not exist. */
  agentsDir: string;
  /** The order in which `adapter: auto` looks for agent CLIs; undefined: the usual one. */
  adapters: AgentCliName[] | undefined;
}

/** What a command needs to know about where it works. */
export interface Settings extends AgentSettings {
  nats: NatsSettings;
  /** True when a server or a context was named anywhere; false: `nats` is the default. */
  explicit: boolean;
  workspace: Workspace;
  /** What the configuration says about the workspace as a whole; what it does not say is left as it is. */
  rules: Partial<WorkspaceRules>;
  /** How long connecting may take, in ms. */
  timeoutMs: number;
}

export interface Sources {
  flags?: SettingsFlags;
  env?: Environment;
  cwd?: string;
}

export interface SettingsSources extends Sources {
  /** The URL of the local server if it runs, else null. */
  runningServer: () => Promise<string | null>;
}

const DEFAULT_SERVER = "nats://127.0.0.1:4222";
const DEFAULT_WORKSPACE: Workspace = { id: "MJ_ONLINE", prefix: "mjwork" };
const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * flags > environment > `mjagent.yaml` (nearest up the tree) > `~/.config/mjagent/config.yaml` > defaults.
 *
 * A NATS context stands for settings of the layer that names it: single settings of the same layer override its fields,
 * and both override all layers below. Credentials are taken from the highest layer that has any, whole: a token of the
 * environment is never sent along with the user of a file. A password alone completes the user of a layer below.
 * @throws MjError `usage` with every problem of a file at once
 */
export async function loadSettings(sources: SettingsSources): Promise<Settings> {
  const { flags = {}, env = process.env, cwd = process.cwd(), runningServer } = sources;
  const layers = await readLayers(flags, env, cwd);
  const nats = mergeNats(await Promise.all(layers.map(natsOf)));
  const explicit = nats.servers.length > 0;
  if (!explicit) nats.servers = [(await runningServer()) ?? DEFAULT_SERVER];
  return {
    nats,
    explicit,
    workspace: workspaceOf(layers),
    rules: rulesOf(layers),
    agentsDir: await agentsDirOf(layers, cwd),
    adapters: adaptersOf(layers),
    timeoutMs: timeoutOf(flags.timeout),
  };
}

/** What is said about agents alone, for what works without NATS. */
export async function loadAgentSettings(sources: Sources): Promise<AgentSettings> {
  const { flags = {}, env = process.env, cwd = process.cwd() } = sources;
  const layers = await readLayers(flags, env, cwd);
  return { agentsDir: await agentsDirOf(layers, cwd), adapters: adaptersOf(layers) };
}

const adaptersOf = (layers: readonly Layer[]): AgentSettings["adapters"] =>
  layers.map(({ values }) => values.adapters).find((value) => value !== undefined);

/** What one layer says about NATS: its context, overridden by its single settings. */
async function natsOf({ values, nameOf, base }: Layer): Promise<NatsSettings> {
  const { server, context } = values;
  const single: NatsSettings = { servers: [] };
  for (const key of NATS_KEYS) {
    const value = values[key];
    if (value === undefined) continue;
    const isFile = key !== "user" && key !== "password" && key !== "token";
    Object.assign(single, { [key]: isFile ? resolve(base, value.replace(/^~(?=\/)/, homedir())) : value });
  }
  const settings = [single];
  if (server !== undefined) settings.push(parseServers([server].flat().join(","), nameOf("server")));
  if (context !== undefined) settings.push(await readNatsContext(context));
  return mergeNats(settings);
}

function workspaceOf(layers: readonly Layer[]): Workspace {
  const replicas = layers.map(({ values }) => values.workspace?.replicas).find((value) => value !== undefined);
  let prefix: string | undefined;
  for (const { values } of layers) {
    prefix ??= values.workspace?.prefix;
    const id = values.workspace?.id;
    // A prefix further down belongs to another id.
    if (id !== undefined) return { id, prefix: prefix ?? prefixOf(id), ...(replicas !== undefined && { replicas }) };
  }
  const { id } = DEFAULT_WORKSPACE;
  return { id, prefix: prefix ?? DEFAULT_WORKSPACE.prefix, ...(replicas !== undefined && { replicas }) };
}

function rulesOf(layers: readonly Layer[]): Partial<WorkspaceRules> {
  const limit = layers.map(({ values }) => values.workspace?.max_running).find((value) => value !== undefined);
  const retention_ms = layers.map(({ values }) => values.workspace?.retention).find((value) => value !== undefined);
  const budget = layers.map(({ values }) => values.workspace?.budget).find((value) => value !== undefined);
  return {
    ...(budget !== undefined && { budget: budget === "unlimited" ? null : budget }),
    ...(limit !== undefined && { max_running: limit === "unlimited" ? null : limit }),
    ...(retention_ms !== undefined && { retention_ms }),
  };
}

const prefixOf = (id: string): string => (id === DEFAULT_WORKSPACE.id ? DEFAULT_WORKSPACE.prefix : id.toLowerCase());

async function agentsDirOf(layers: readonly Layer[], cwd: string): Promise<string> {
  for (const { values, base } of layers) if (values.agents_dir !== undefined) return resolve(base, values.agents_dir);
  return (await findUp(cwd, "agents", "folder")) ?? join(cwd, "agents");
}

function timeoutOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_MS;
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new MjError("usage", `--timeout: expected a duration such as 5s, found "${text}"`);
}
