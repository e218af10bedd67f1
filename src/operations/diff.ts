import { ownBranch, refsOf } from "../domain/task-branch.js";
import { agentOf, type TaskRecord } from "../domain/task.js";
import type { WholeDiff } from "../domain/workspace.js";
import { MjError } from "../errors.js";
import { git, gitAnswer } from "../executors/workspace/git.js";
import { diffOf } from "../executors/workspace/commit.js";
import { findRepository, inRepository, readRefs } from "../executors/workspace/repository.js";
import { lastBeat } from "../nats/registry.js";
import type { Session } from "../nats/session.js";

/** What a task has changed, as two commits of a repository that is here. */
export interface TaskDiff {
  task_id: string;
  branch: string;
  base: string;
  commit: string;
}

/**
 * Finds what a task has changed: on its branch as it is now, or, where that is gone, what its last attempt left.
 * @param cwd a folder of the repository
 * @returns null when it has changed nothing
 * @throws MjError `failure` when there is no repository, `not_found` when the branch is not in it
 */
export async function findDiff(session: Session, task: TaskRecord, cwd: string): Promise<TaskDiff | null> {
  const { task_id, result } = task;
  const changes = result?.changes ?? null;
  const made = changes && `it was made on ${changes.host}, in ${changes.repository}`;
  const repository = await findRepository(cwd);
  if ("what" in repository) {
    throw new MjError("failure", `cannot show what task ${task_id} has changed: ${repository.what}`, {
      why: made ?? "its branch is in the repository its agent works in",
      hint: "run this in that repository",
    });
  }
  const options = inRepository(repository.commonDir);
  const own = ownBranch(task, await readRefs(options, refsOf(task)));
  if (own) return { task_id, branch: own.branch, base: own.base, commit: own.tip };
  if (changes) {
    const { branch, base, commit } = changes;
    const isHere = async (id: string) => (await gitAnswer(["cat-file", "-e", `${id}^{commit}`], options)) !== null;
    if ((await isHere(base)) && (await isHere(commit))) return { task_id, branch, base, commit };
    throw new MjError("not_found", `the branch ${branch} is not in ${repository.top}`, {
      why: made ?? undefined,
      hint: "run this there, or fetch the branch from there",
    });
  }
  if (task.status === "completed") return null;
  throw new MjError("not_found", `no branch of task ${task_id} is in ${repository.top}`, {
    why: await whereItRan(session, task),
    hint: "run this in the repository its agent works in",
  });
}

async function whereItRan(session: Session, task: TaskRecord): Promise<string> {
  const agent = agentOf(task);
  if (agent === null) return "it has not run yet";
  const { beat } = await lastBeat(session, agent);
  return beat ? `it ran at ${agent}, on ${beat.host}` : `it ran at ${agent}`;
}

/** What a task has changed, whole. @param cwd a folder of the repository @throws as `findDiff` */
export async function readDiff(session: Session, task: TaskRecord, cwd: string): Promise<WholeDiff> {
  const found = await findDiff(session, task, cwd);
  if (!found) {
    const nothing = { branch: null, base: null, commit: null, files: [], insertions: 0, deletions: 0, diff: "" };
    return { task_id: task.task_id, ...nothing };
  }
  const { base, commit } = found;
  const patch = await git(["diff", "--no-color", "--no-ext-diff", base, commit], { cwd });
  return { ...found, ...(await diffOf(base, commit, { cwd })), diff: patch === "" ? "" : `${patch}\n` };
}
