import type { AgentSession } from "../domain/agent-session.js";
import type { Outcome } from "../domain/outcome.js";
import type { WatchedEvent } from "../domain/role.js";
import type { Status, TaskRecord, TaskResult } from "../domain/task.js";
import type { UsageTold } from "../domain/usage.js";
import type { Scope } from "../domain/workspace.js";

/** Another task whose result this one may use. */
export interface RelatedTask {
  task_id: string;
  title: string;
  status: Status;
  result: TaskResult | null;
  /** Why something is missing in the result: it is larger than what a command is given, or not stored any more. */
  note?: string;
}

/** Everything a command is told about what it is to do: the JSON document on its stdin. */
export interface AttemptInput {
  task: TaskRecord;
  agent: { agent_id: string; role: string; description: string };
  attempt: number;
  epoch: number;
  blockers: RelatedTask[];
  parent: RelatedTask | null;
  /** Set when a watching role runs because of an event: `task` is then the task the event is about. */
  event?: WatchedEvent;
  /** What the agent's earlier tasks noted; only when its role has a memory. */
  memory?: string;
  /** What it may change, where its role says. */
  scope?: Scope;
}

export type LogStream = "stdout" | "stderr";

/**
 * Where a command's output goes, line by line. Must not throw and must not block.
 * @param shown what people are shown of a line that is a protocol's, perhaps nothing; without it, the line itself
 */
export type LogSink = (stream: LogStream, line: string, shown?: readonly string[]) => void;

/** Keeps a file of an attempt under its name. @returns null, or why it is not kept. Must not throw. */
export type ArtifactSink = (file: { name: string; data: Buffer }) => Promise<string | null>;

export interface ExecutionContext {
  /** Unique per attempt; every descendant of the command carries it in its environment. */
  runId: string;
  log: LogSink;
  /** Is told what is started, and with which variables. */
  onStart?: (start: { file: string; args: readonly string[]; cwd: string; variables: string[]; stdin: string }) => void;
  /** Is told of the agent's conversation once there is one, and when it has ended. */
  onSession?: (session: AgentSession) => void;
  /** Is told what the attempt has used in all so far, each time that this has become more. */
  onUsage?: (used: UsageTold) => void;
  /** Where files go that the attempt hands in; without it, they stay where they are. */
  artifacts?: ArtifactSink;
  /** The folder to work in, absolute; its role's when not given. */
  cwd?: string;
  /** The attempt's own copy of the memory, which it may change. */
  memoryFile?: string;
  /** Aborted when the attempt must end at once: the process group gets SIGTERM, after the grace SIGKILL. */
  signal: AbortSignal;
}

/** Runs one attempt to its end. Never throws for what the command does: that is an outcome. */
export interface Executor {
  run(input: AttemptInput, context: ExecutionContext): Promise<Outcome>;
}
