import type { Outcome } from "../../domain/outcome.js";
import { outOfScope, violationText } from "../../domain/scope.js";
import { emptyResult, type TaskResult } from "../../domain/task.js";
import { amountText, type Scope, type WorktreeSettings } from "../../domain/workspace.js";
import { messageOf } from "../../errors.js";
import type { AttemptInput, ExecutionContext, Executor } from "../executor.js";
import { failed } from "../outcome.js";
import { type Finished, finishWorktree } from "./commit.js";
import { hold } from "./lock.js";
import { treeOf } from "./note.js";
import { findRepository } from "./repository.js";
import { folderIn, openWorktree, slotOf, type Worktree } from "./worktree.js";

/** An attempt that was fenced out has its command ended and its changes committed: longer than that may take. */
const WAIT_MS = 30_000;

export interface WorktreeRole {
  /** The folder the role names, in the repository. */
  cwd: string;
  settings: WorktreeSettings;
  scope: Scope | undefined;
}

/**
 * Runs each attempt in its task's worktree. What it changed is committed to the task's branch however it ended, also
 * when it was stopped: the next attempt goes on from there.
 */
export function worktreeExecutor(inner: Executor, role: WorktreeRole): Executor {
  return {
    async run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
      const say = (line: string): void => context.log("stderr", `── ${line}`);
      const putOff = (message: string): Outcome => {
        if (context.signal.aborted) return { kind: "stopped" };
        say(message);
        return { kind: "snooze", message, delay_ms: null };
      };
      const { task, blockers } = input;
      const repository = await findRepository(role.cwd);
      if ("what" in repository) return putOff(`${repository.what}: ${repository.hint}`);
      const of = { repository, task, blockers, settings: role.settings, runId: context.runId };
      const slot = slotOf(of);
      const held = await hold(slot, context.runId, WAIT_MS, context.signal, (by) =>
        say(`waiting for another attempt of the task to end in its worktree (${by})`),
      ).catch(notHad);
      if (typeof held === "string") return putOff(held);
      if ("heldBy" in held)
        return putOff(`the worktree of the task is still in use by another attempt (${held.heldBy})`);
      try {
        const opened = await openWorktree(slot, of).catch(notHad);
        if (typeof opened === "string") return putOff(opened);
        say(`${treeOf(slot, task)}, on branch ${opened.note.branch}`);
        const cwd = folderIn(opened, repository.prefix);
        const outcome = await inner.run(role.scope ? { ...input, scope: role.scope } : input, { ...context, cwd });
        return await settle(opened, outcome, { input, scope: role.scope, say });
      } finally {
        await held.release();
      }
    },
  };
}

const notHad = (error: unknown): string => `no worktree: ${messageOf(error)}`;

interface Settling {
  input: AttemptInput;
  scope: Scope | undefined;
  say: (line: string) => void;
}

/** Commits what was changed and holds it against the scope. */
async function settle(worktree: Worktree, outcome: Outcome, { input, scope, say }: Settling): Promise<Outcome> {
  const tree = treeOf(worktree.slot, worktree.note);
  let finished: Finished;
  try {
    finished = await finishWorktree(worktree, commitMessage(input, outcome));
  } catch (error) {
    finished = { changes: null, files: [], uncommitted: messageOf(error), kept: messageOf(error) };
  }
  const { changes, kept } = finished;
  if (changes) {
    say(`${changes.branch} is at ${changes.commit.slice(0, 12)}: ${amountText(changes)}`);
  }
  if (kept !== null) say(`${tree} is kept: ${kept}`);
  return judged(outcome, finished, { scope, tree });
}

/** What an attempt came to, once it is known what became of its changes. */
function judged(
  outcome: Outcome,
  { changes, files, uncommitted }: Finished,
  { scope, tree }: { scope: Scope | undefined; tree: string },
): Outcome {
  if (outcome.kind === "stopped" || outcome.kind === "snooze") return outcome;
  const result: TaskResult | null = changes ? { ...(outcome.result ?? emptyResult()), changes } : outcome.result;
  const said = outcome.kind === "failed" ? `; besides: ${outcome.message}` : "";
  const foreign = scope ? outOfScope(scope, files) : [];
  if (foreign.length > 0) return failed("scope_violation", `${violationText(foreign, files.length)}${said}`, result);
  if (uncommitted !== null && outcome.kind === "completed") {
    return failed("commit_failed", `${uncommitted}; what it changed is kept in ${tree}`, result);
  }
  return outcome.kind === "completed" ? { ...outcome, result: result ?? outcome.result } : { ...outcome, result };
}

function commitMessage({ task, agent, attempt }: AttemptInput, outcome: Outcome): string {
  const how = outcome.kind === "failed" ? `failed (${outcome.reason})` : ENDED[outcome.kind];
  return `${task.title}\n\nTask ${task.task_id}, attempt ${attempt} by ${agent.agent_id}: ${how}`;
}

const ENDED = { completed: "completed", snooze: "put off", stopped: "stopped" } as const;
