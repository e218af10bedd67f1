import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  baseRef,
  branchRef,
  freeBranch,
  ownBranch,
  refsOf,
  type TaskBranch,
  taskKey,
} from "../../domain/task-branch.js";
import type { TaskRecord } from "../../domain/task.js";
import type { WorktreeSettings } from "../../domain/workspace.js";
import { stateDir } from "../../paths.js";
import type { RelatedTask } from "../executor.js";
import { git, gitAnswer, GitFailed, type GitOptions } from "./git.js";
import { type Note, noteFile, readNote, treeOf, writeNote } from "./note.js";
import { inRepository, readRefs, type Repository, repositoryName, updateRefs } from "./repository.js";

/** What an attempt's worktree is made of. */
export interface WorktreeOf {
  repository: Repository;
  task: TaskRecord;
  blockers: readonly RelatedTask[];
  settings: WorktreeSettings;
  runId: string;
}

/** A worktree that is there, on its task's branch. */
export interface Worktree {
  slot: string;
  note: Note & { git_dir: string };
  runId: string;
}

export const worktreesDir = (): string => join(stateDir(), "worktrees");

/** The folder of a task's worktree and what is known of it. */
export const slotOf = ({ repository, task }: Pick<WorktreeOf, "repository" | "task">): string =>
  join(worktreesDir(), repositoryName(repository.commonDir), `${task.task_id}.${taskKey(task)}`);

/** How git is run in a worktree: told where it is, as whoever works there may have removed what says so. */
export const inWorktree = ({ slot, note, runId }: Worktree): GitOptions => ({
  cwd: treeOf(slot, note),
  env: { GIT_DIR: note.git_dir, GIT_WORK_TREE: treeOf(slot, note) },
  runId,
});

/**
 * The worktree of a task: the one that is there, else a new one on its branch, which is made when there is none.
 * The slot must be held.
 * @throws GitFailed when it cannot be had now
 */
export async function openWorktree(slot: string, of: WorktreeOf): Promise<Worktree> {
  const { repository, task, settings, runId } = of;
  const options = inRepository(repository.commonDir, runId);
  const { branch, base } = (await existing(options, task)) ?? (await begin(options, of));
  const { task_id, created_at, title } = task;
  const plan: Note = {
    ...{ task_id, created_at, title, branch, base, author: settings.author },
    ...{ common_dir: repository.commonDir, repository: repository.top, git_dir: null },
  };
  const tree = treeOf(slot, task);
  const found = await readNote(slot);
  const gitDir = (await reusable(tree, found, branch)) ?? (await make(slot, plan, options));
  await removeStaleLocks(gitDir);
  const note = { ...plan, git_dir: gitDir };
  await writeNote(slot, note);
  const worktree = { slot, note, runId };
  // There may be nothing in it that is committed.
  await mkdir(folderIn(worktree, repository.prefix), { recursive: true });
  return worktree;
}

async function existing(options: GitOptions, task: TaskRecord): Promise<TaskBranch | null> {
  return ownBranch(task, await readRefs(options, refsOf(task)));
}

/** Makes the branch of a task. */
async function begin(options: GitOptions, of: WorktreeOf): Promise<Pick<TaskBranch, "branch" | "base">> {
  const { task, repository } = of;
  const branch = freeBranch(task, await readRefs(options, refsOf(task)));
  if (branch === null) throw new GitFailed(`the branches ${refsOf(task).join(", ")} belong to somebody else`);
  const base = of.settings.continue_from === undefined ? repository.head : await startOf(options, of);
  await updateRefs(options, [`create ${branchRef(branch)} ${base}`, `update ${baseRef(branch, task)} ${base}`]);
  return { branch, base };
}

/** What the branch of a task continues: that of the first completed blocker that has one, as it is now. */
async function startOf(options: GitOptions, { blockers, repository }: WorktreeOf): Promise<string> {
  const blocker = blockers.find(({ status, result }) => status === "completed" && result?.changes);
  const changes = blocker?.result?.changes;
  if (!blocker || !changes) return repository.head;
  const commit = async (name: string) => await gitAnswer(["rev-parse", "--verify", "-q", `${name}^{commit}`], options);
  const start = (await commit(branchRef(changes.branch))) ?? (await commit(changes.commit));
  if (start !== null) return start;
  const there = `it was made on ${changes.host} in ${changes.repository}`;
  throw new GitFailed(
    `the branch ${changes.branch} of blocker ${blocker.task_id} is not in ${repository.top}: ${there}`,
  );
}

export const exists = (path: string): Promise<boolean> => stat(path).then(Boolean, () => false);

/** Git's folder of a worktree that can be used again; null when there is none, or none anybody has worked in. */
async function reusable(tree: string, found: Note | null, branch: string): Promise<string | null> {
  if (found?.git_dir === null || !(await exists(tree))) return null;
  if (found?.branch === branch && (await exists(join(found.git_dir, "HEAD")))) return found.git_dir;
  throw new GitFailed(
    `${tree} is no worktree of ${branch} any more, and may hold work: take from it what is needed, then remove it`,
  );
}

async function make(slot: string, plan: Note, options: GitOptions): Promise<string> {
  const tree = treeOf(slot, plan);
  // First: killed in the middle of it, it is known that nobody has worked in what is there.
  await writeNote(slot, plan);
  // Git may know it still, though somebody has removed it: that would keep the branch from being checked out.
  await gitAnswer(["worktree", "remove", "--force", "--force", tree], options);
  await rm(tree, { recursive: true, force: true });
  try {
    await git(["worktree", "add", tree, plan.branch], options);
  } catch (error) {
    await rm(tree, { recursive: true, force: true });
    await rm(noteFile(slot), { force: true });
    throw error;
  }
  // Not from a repository around it, should this one be broken.
  return await git(["rev-parse", "--absolute-git-dir"], { cwd: tree, env: { GIT_CEILING_DIRECTORIES: slot } });
}

/** What a git that was killed has left: while the slot is held and no command runs, nobody else's can be there. */
export async function removeStaleLocks(gitDir: string): Promise<void> {
  const names = await readdir(gitDir).catch(() => []);
  for (const name of names) if (name.endsWith(".lock")) await rm(join(gitDir, name), { force: true });
}

/** The folder in it that corresponds to the one its role works in. */
export const folderIn = ({ slot, note }: Worktree, prefix: string): string => join(treeOf(slot, note), prefix);
