import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { emptyResult, NewTask, type NewTaskInput, type TaskRecord } from "../../src/domain/task.js";
import { isRejected, type TaskEvent } from "../../src/domain/lifecycle.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { publishTasks } from "../../src/operations/publish.js";
import { startTestServer } from "../support/nats-server.js";
import { type Fence } from "../../src/domain/fence.js";
import { freshWorkspace, openTestSession } from "../support/session.js";

const BIN = join(import.meta.dirname, "../../bin/mjagent.js");

export type CommandLine = Awaited<ReturnType<typeof startCommandLine>>;

/** A server, a workspace on it, and the real program working there from an empty folder. */
export async function startCommandLine() {
  const server = await startTestServer();
  const workspace = freshWorkspace();
  const folder = await mkdtemp(join(tmpdir(), "mjagent-cli-"));
  const session = await openTestSession(server.url, workspace);
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    NO_COLOR: "1",
    NATS_URL: server.url,
    MJAGENT_WORKSPACE: workspace.id,
    MJAGENT_PREFIX: workspace.prefix,
  };
  const apply = async (id: string, event: TaskEvent): Promise<TaskRecord> => {
    const outcome = await new TaskStore(session).apply(id, event);
    if (isRejected(outcome)) throw new Error(outcome.message);
    return outcome.record;
  };
  const claim = async (id: string, owner = "Debbie"): Promise<Fence> => {
    const { epoch } = await apply(id, { type: "claimed", owner, instance_id: "i1", max_attempts: 3 });
    return { owner, instance_id: "i1", epoch };
  };
  return {
    session,
    folder,
    /** Runs to its end. */
    mjagent: (args: readonly string[], options: { input?: string; env?: Record<string, string> } = {}) =>
      execa(process.execPath, [BIN, ...args], {
        cwd: folder,
        env: { ...env, ...options.env },
        extendEnv: false,
        reject: false,
        ...(options.input !== undefined && { input: options.input }),
      }),
    /** The same, and what it wrote to stdout as it is. */
    mjagentBytes: async (args: readonly string[]): Promise<Uint8Array> => {
      const options = { cwd: folder, env, extendEnv: false, encoding: "buffer" } as const;
      return (await execa(process.execPath, [BIN, ...args], { ...options, stripFinalNewline: false })).stdout;
    },
    /** Publishes without a process of its own. */
    publish: async (task: NewTaskInput): Promise<TaskRecord> =>
      (await publishTasks(session, [NewTask.parse(task)]))[0]!.record,
    /** What an agent would do to a task. */
    apply,
    claim,
    complete: async (id: string, summary: string): Promise<void> => {
      const fence = await claim(id);
      await apply(id, { type: "completed", fence, result: { ...emptyResult(), summary }, handoff: [] });
    },
    fail: async (id: string, message: string): Promise<void> => {
      const fence = await claim(id);
      const event = { type: "attempt_failed", fence, reason: "exit", message, retryable: false } as const;
      await apply(id, { ...event, delay_ms: 0, result: null });
    },
    async [Symbol.asyncDispose]() {
      await session.nc.close();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
