import type { AgentCommand } from "../domain/command.js";
import type { Adapter, Invocation } from "./adapters/adapter.js";
import { type AgentLimits, limitReached, type LimitReached } from "./agent-limits.js";
import { type AttemptEnd, runAttempt, type Setup } from "./attempt.js";
import { isEvent, nothingTold, type Told } from "./dialects/dialect.js";
import type { AttemptInput, ExecutionContext } from "./executor.js";
import type { AdapterStop } from "./limits.js";
import { PrivateFiles } from "./private-files.js";

/** Some CLIs do not exit when they have finished: this long after they said so they are ended. */
const LINGER_MS = 5_000;

/** A CLI and how a role wants it run. */
export interface AgentOf {
  setup: Setup;
  adapter: Adapter;
  command: AgentCommand;
  limits: AgentLimits;
}

/** One run of a CLI: how its process went, and what it told. */
export interface AgentRun {
  end: AttemptEnd;
  told: Told;
  limit: LimitReached | null;
}

/** Runs a CLI once. Never throws for what it does. */
export async function runAgent(
  { setup, adapter, command, limits }: AgentOf,
  input: AttemptInput,
  context: ExecutionContext,
  { prompt, resume, onTold }: { prompt: string; resume: string | undefined; onTold: (told: Told) => void },
): Promise<AgentRun> {
  const run: Invocation = {
    ...{ resume, cwd: context.cwd ?? setup.cwd, env: setup.env },
    ...{ model: command.model, permission: command.permission, mcp: command.mcp, maxTurns: limits.maxTurns },
    systemPrompt: command.system_prompt,
  };
  const start = adapter.start(run);
  const asFile = adapter.promptFile ? { "prompt.md": prompt } : {};
  await using files = await PrivateFiles.write({ ...start.files, ...asFile });
  const reading = new Reading(adapter, limits, context, onTold);
  const end = await runAttempt(setup, input, reading.context, {
    file: adapter.binary,
    args: start.args.map((arg) => files.fill(arg)),
    env: Object.fromEntries(Object.entries(start.env ?? {}).map(([name, value]) => [name, files.fill(value)])),
    stdin: adapter.promptFile ? "" : prompt,
    ...(adapter.dialect && { protocol: reading }),
  });
  reading.end();
  return { end, told: reading.told, limit: reading.limit };
}

/** Follows what a CLI tells, and ends it at a limit, or when it has finished and stays. */
class Reading {
  told = nothingTold();
  limit: LimitReached | null = null;
  readonly #stop = new AbortController();
  #lingering: NodeJS.Timeout | undefined;

  constructor(
    private readonly adapter: Adapter,
    private readonly limits: AgentLimits,
    private readonly of: ExecutionContext,
    private readonly onTold: (told: Told) => void,
  ) {}

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** The attempt's, with an eye on stderr. */
  get context(): ExecutionContext {
    return {
      ...this.of,
      log: (stream, line, shown) => {
        this.of.log(stream, line, shown);
        if (stream === "stderr" && this.adapter.retryOnStderr?.test(line)) {
          this.#take({ ...this.told, retries: this.told.retries + 1, trouble: { message: line } });
        }
      },
    };
  }

  onLine(line: string): { shown: readonly string[]; progress: boolean } {
    const event = parsed(line);
    if (!isEvent(event)) return { shown: line.trim() === "" ? [] : [line], progress: false };
    const before = this.told;
    const { shown = [], ...changed } = this.adapter.dialect?.fold(before, event) ?? {};
    this.#take({ ...before, ...changed });
    return { shown, progress: this.told.retries <= before.retries };
  }

  end(): void {
    clearTimeout(this.#lingering);
    const { partial } = this.told;
    if (partial.trim() !== "") this.of.log("stdout", "", partial.split("\n"));
  }

  #take(told: Told): void {
    this.told = told;
    this.onTold(told);
    clearTimeout(this.#lingering);
    if (told.ending) this.#lingering = setTimeout(() => this.#end("finished"), LINGER_MS);
    this.limit ??= told.ending ? null : limitReached(told, this.limits);
    if (this.limit) this.#end("limit");
  }

  #end(why: AdapterStop): void {
    this.#stop.abort(why);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
