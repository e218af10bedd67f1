import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Role } from "../domain/role.js";
import { errnoOf } from "../errors.js";
import { commandEnvironment, roleEnvironment } from "./environment.js";
import type { AttemptInput, ExecutionContext } from "./executor.js";
import { protocolLines } from "./line-splitter.js";
import { OutputLines } from "./lines.js";
import { nothingProduced, readOutputFile, type ReadResult } from "./output.js";
import { DEFAULT_GRACE_MS, runProcess, type ProcessResult } from "./process.js";
import { findProgramProblem, type ProgramProblem } from "./program.js";
import { launcherJournal } from "./running.js";
import { launcherWarden, type Warden } from "./warden.js";

export interface ExecutorOptions {
  /** What a role's `cwd` is relative to: the folder that holds the agents folder. */
  projectDir: string;
  /** The server the launcher is connected to; a command sees it only when its role allows `NATS_URL`. */
  natsUrl?: string | undefined;
  /** From SIGTERM to SIGKILL; 10 s when not given. */
  graceMs?: number | undefined;
  workspace?: { id: string; prefix: string } | undefined;
  /** The environment the allow-list chooses from; this process's own when not given. */
  env?: NodeJS.ProcessEnv | undefined;
  /** The launcher's own when not given. */
  warden?: Warden | undefined;
}

/** What is the same for every attempt of a role. */
export interface Setup {
  role: Role;
  cwd: string;
  env: Readonly<Record<string, string>>;
  graceMs: number;
  workspace: { id: string; prefix: string } | undefined;
  warden: Warden;
}

export function setUp(role: Role, options: ExecutorOptions): Setup {
  return {
    role,
    cwd: resolve(options.projectDir, role.cwd),
    env: roleEnvironment(role.env, options.env ?? process.env, options.natsUrl),
    graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
    workspace: options.workspace,
    warden: options.warden ?? launcherWarden(),
  };
}

/** What an adapter runs for one attempt. */
export interface AttemptCommand {
  file: string;
  args: readonly string[];
  stdin: string;
  /** Takes stdout instead of the log: a protocol, not lines for people. */
  protocol?: Protocol;
  /** Besides the role's environment. */
  env?: Readonly<Record<string, string>>;
}

/** How an adapter follows what a command reports on stdout. */
interface Protocol {
  /** Takes one line, without its end. @returns what people see of it, and whether it is progress */
  onLine: (line: string) => { shown: readonly string[]; progress: boolean };
  /** Aborted when the command must end, with the reason. */
  stop: AbortSignal;
}

/** How it went: what an adapter makes its outcome from. */
export interface AttemptEnd {
  process: ProcessResult;
  timeoutMs: number;
  stallTimeoutMs: number | undefined;
  /** Why it never started, when it did not. */
  problem: ProgramProblem | null;
  /** Not ended yet: an adapter may have something to add. */
  lines: OutputLines;
  produced: ReadResult;
}

/** The time limit of an attempt: the task's own, else its role's. */
const timeoutOf = (role: Role, input: AttemptInput): number => input.task.timeout_ms ?? role.timeout;

/** Runs one command in its environment, with a private file for its result. Never throws. */
export async function runAttempt(
  setup: Setup,
  input: AttemptInput,
  context: ExecutionContext,
  command: AttemptCommand,
): Promise<AttemptEnd> {
  let folder: string;
  try {
    folder = await (resultFolder ??= makeResultFolder());
    // A launcher runs for weeks, and systems clear their temporary folders.
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    resultFolder = undefined;
    const spawnError = error instanceof Error ? error : new Error(String(error));
    const process = { exitCode: null, signal: null, stoppedBy: null, durationMs: 0, spawnError };
    return ending(setup, input, context, process);
  }
  const resultFile = join(folder, `${context.runId}.json`);
  try {
    return await runIn(resultFile, setup, input, context, command);
  } finally {
    // As a rule there is none; the recursive rm is for what is no file, and costs several times as much.
    await unlink(resultFile).catch((error: unknown) =>
      errnoOf(error) === "ENOENT" ? undefined : rm(resultFile, { recursive: true, force: true }).catch(() => undefined),
    );
  }
}

let resultFolder: Promise<string> | undefined;

/** One folder for the results of all attempts of this process: making one for each costs more than all else here. */
async function makeResultFolder(): Promise<string> {
  // mkdtemp makes it 0700: what an attempt hands in is nobody else's to read or to write.
  const folder = await mkdtemp(join(tmpdir(), "mjagent-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function runIn(
  resultFile: string,
  setup: Setup,
  input: AttemptInput,
  context: ExecutionContext,
  command: AttemptCommand,
): Promise<AttemptEnd> {
  const { role, graceMs, workspace, warden } = setup;
  const cwd = context.cwd ?? setup.cwd;
  const env = commandEnvironment(
    { ...setup.env, ...command.env },
    {
      runId: context.runId,
      taskId: input.task.task_id,
      attempt: input.attempt,
      epoch: input.epoch,
      agentId: input.agent.agent_id,
      workdir: cwd,
      output: resultFile,
      memory: context.memoryFile,
      workspace,
    },
  );
  const { protocol, file, args, stdin } = command;
  context.onStart?.({ file, args, cwd, variables: Object.keys(env).sort(), stdin });
  const lines = new OutputLines(context.log);
  let progress = false;
  const events = protocolLines((line) => {
    const told = protocol?.onLine(line);
    lines.event(line, told?.shown ?? []);
    progress ||= told?.progress ?? true;
  });
  const process = await runProcess({
    ...{ file, args, stdin, cwd, env },
    runId: context.runId,
    timeoutMs: timeoutOf(role, input),
    stallTimeoutMs: role.stall_timeout,
    graceMs,
    signal: context.signal,
    observers: [warden, await launcherJournal()],
    adapterStop: protocol?.stop,
    onOutput: (stream, chunk) => {
      if (protocol === undefined || stream === "stderr") {
        lines.write(stream, chunk);
        // What an agent CLI says on stderr is mostly that it tries again.
        return protocol === undefined;
      }
      progress = false;
      events.write(chunk);
      return progress;
    },
  });
  events.end();
  const problem = process.spawnError === null ? null : await findProgramProblem({ file: command.file, cwd, env });
  const produced = await readOutputFile(resultFile);
  return { ...ending(setup, input, context, process), lines, problem, produced };
}

function ending(setup: Setup, input: AttemptInput, context: ExecutionContext, process: ProcessResult): AttemptEnd {
  return {
    process,
    timeoutMs: timeoutOf(setup.role, input),
    stallTimeoutMs: setup.role.stall_timeout,
    problem: null,
    lines: new OutputLines(context.log),
    produced: { produced: nothingProduced() },
  };
}
