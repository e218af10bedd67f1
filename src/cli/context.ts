import type { AgentSettings, Settings } from "../config.js";
import type { Session } from "../nats/session.js";
import type { Output } from "./output.js";

/** What a command gets: its arguments, where to write, and everything else only when it asks for it. */
export interface CommandContext {
  /** Positional arguments, in order. */
  readonly args: readonly string[];
  /**
   * Options as commander names them (`--blocked-by` → `blockedBy`): texts, lists of texts or booleans, unchecked.
   * `readOptions` (options.ts) checks them against a schema.
   */
  readonly options: Readonly<Record<string, unknown>>;
  readonly out: Output;
  /** Where to connect, the workspace, the agents folder; read once, on first use. */
  readonly settings: () => Promise<Settings>;
  /** The agents folder, for commands without NATS: never looks at a NATS setting. Absolute; need not exist. */
  readonly agentsDir: () => Promise<string>;
  /** The order in which `adapter: auto` looks for agent CLIs, likewise. */
  readonly adapters: () => Promise<AgentSettings["adapters"]>;
  /**
   * Connects to NATS in this command's workspace: opened on first use, closed when the command is done.
   * @param servers instead of those of the settings, without credentials: a private local server's
   */
  readonly session: (servers?: readonly string[]) => Promise<Session>;
  /**
   * Aborted by the first Ctrl-C or SIGTERM; the second ends the process at once. Its handlers are installed when it is
   * first read: a command that never reads it ends on a signal as any program does, and `run` installs its own.
   */
  readonly signal: AbortSignal;
}

/** The shape of every `src/cli/commands/<name>.ts`. */
interface CommandModule {
  /** Runs the command. Resolves to its exit code, undefined meaning 0; failures are thrown as `MjError`. */
  run(context: CommandContext): Promise<number | undefined>;
}

/** What commander cannot know of a command. */
export interface Declaration {
  load: () => Promise<CommandModule>;
  /** `--timeout` is a time limit of the task or of the waiting, not the one for connecting. */
  ownTimeout?: boolean;
}
