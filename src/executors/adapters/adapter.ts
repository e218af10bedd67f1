import type { AgentCliName, McpServer, Permission } from "../../domain/command.js";
import type { FailureReason } from "../../domain/reasons.js";
import type { Dialect } from "../dialects/dialect.js";

/** What one run of a CLI is to be like. */
export interface Invocation {
  /** The folder it works in. */
  cwd: string;
  model: string | undefined;
  permission: Permission;
  systemPrompt: string | undefined;
  mcp: Readonly<Record<string, McpServer>>;
  maxTurns: number | undefined;
  /** The session of the CLI to go on with. */
  resume: string | undefined;
  /** The role's environment, for an adapter that adds to a variable. */
  env: Readonly<Record<string, string>>;
}

/** How to start it. */
interface Start {
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Text files only this run can read; in `args` and `env`, `{file:NAME}` is the path of one. */
  files?: Readonly<Record<string, string>>;
}

/**
 * An agent CLI, declared: what it is called, how it is told what to do, and how it says what it did. What it lacks is
 * enforced by mjagent or refused when a role is loaded. The facts about each were seen of the version in `seen`, or are
 * from its documentation when that is null.
 */
export interface Adapter {
  name: AgentCliName;
  binary: string;
  install: string;
  seen: string | null;
  /** Made for versions from the first on, and below the second. Null: its versions are no numbers that count. */
  versions: readonly [from: string, below: string] | null;
  /** Null: it prints text for people, and its exit code is all there is. */
  dialect: Dialect | null;
  start: (run: Invocation) => Start;
  /** It does not take the prompt from stdin: `{file:prompt.md}` is the file it is in. */
  promptFile?: true;
  /** What it cannot be restricted to. */
  lacks?: {
    permissions?: readonly Permission[];
    mcp?: true;
    resume?: true;
    /** It has no option for a system prompt, so that goes ahead of the prompt. */
    systemPrompt?: true;
  };
  /** What it tells of what a run has used; who tells its cost tells its tokens, too. */
  tells: "nothing" | "tokens" | "cost";
  /** Counts of tokens go on from those of the session it resumes. */
  cumulativeUsage?: true;
  /** Names of variables of the launcher's environment it needs to find its own configuration; none is a secret. */
  passes?: readonly string[];
  /** Variables it must not see, as when mjagent itself runs inside such a CLI. */
  unsets?: readonly string[];
  exitCodes?: Readonly<Record<number, FailureReason>>;
  /** HTTP statuses that its exit codes stand for. */
  exitStatus?: Readonly<Record<number, number>>;
  /** A line on stderr that says that it tries a request again. */
  retryOnStderr?: RegExp;
  /** Why this run cannot be: what is known before it starts. */
  refuses?: (run: Pick<Invocation, "permission" | "env">) => string | undefined;
  login: Login;
}

/** How to tell without asking the provider whether somebody is logged in. */
interface Login {
  /** Any of these variables is a login. */
  env: readonly string[];
  /** So is any of these files; `~` is the home folder, `$NAME` a variable. */
  files: readonly string[];
  /** What a person does to log in. */
  how: string;
}

/** MCP servers as most CLIs take them. */
export const mcpServers = (mcp: Invocation["mcp"]): string => JSON.stringify({ mcpServers: mcp });

export const hasMcp = ({ mcp }: Pick<Invocation, "mcp">): boolean => Object.keys(mcp).length > 0;

/** An option with its value, when there is one. */
export const option = (name: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [name, String(value)];
