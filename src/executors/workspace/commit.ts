import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { baseRef, branchRef } from "../../domain/task-branch.js";
import type { Changes } from "../../domain/workspace.js";
import { messageOf } from "../../errors.js";
import { git, gitAnswer, type GitOptions } from "./git.js";
import { noteFile, treeOf } from "./note.js";
import { inRepository, updateRefs } from "./repository.js";
import { exists, inWorktree, removeStaleLocks, type Worktree } from "./worktree.js";

/** What became of a worktree when its attempt was over. */
export interface Finished {
  /** Null when the branch holds nothing of its own; it is removed with the worktree then. */
  changes: Changes | null;
  /** The changed files, from the top of the repository. */
  files: string[];
  /** Why not everything is committed; the worktree is kept then. */
  uncommitted: string | null;
  /** Why the worktree is kept. */
  kept: string | null;
}

/** Commits everything in a worktree to its branch and removes it. What could not be committed stays where it is. */
export async function finishWorktree(worktree: Worktree, message: string): Promise<Finished> {
  const { note, runId } = worktree;
  const options = inRepository(note.common_dir, runId);
  const uncommitted = await commitAll(worktree, message).then(
    () => null,
    (error: unknown) => messageOf(error),
  );
  const tip = await git(["rev-parse", "--verify", branchRef(note.branch)], options);
  const { files, ...counted } = await diffOf(note.base, tip, options);
  const nested = await repositoriesIn(worktree, tip);
  const kept = uncommitted ?? (nested.length > 0 ? `${nested.join(", ")}: a repository of its own` : null);
  const notRemoved = kept ?? (await remove(worktree, options));
  const { branch, base, repository } = note;
  const ended = { files, uncommitted, kept: notRemoved };
  if (tip !== base) {
    const where = { host: hostname(), repository };
    return { ...ended, changes: { branch, base, commit: tip, files: files.length, ...counted, ...where } };
  }
  if (notRemoved === null) {
    await updateRefs(options, [`delete ${branchRef(branch)} ${tip}`, `delete ${baseRef(branch, note)}`]);
  }
  return { ...ended, changes: null };
}

async function commitAll(worktree: Worktree, message: string): Promise<void> {
  const { slot, note } = worktree;
  // Whoever worked there has removed it: what was committed is on the branch.
  if (!(await exists(treeOf(slot, note)))) return;
  const options = inWorktree(worktree);
  await removeStaleLocks(note.git_dir);
  if (!(await attach(options, note.branch))) return;
  // What can be committed is, whatever keeps the rest from being.
  const problem = await git(["add", "-A"], options).then(
    () => null,
    (error: unknown) => messageOf(error),
  );
  if (problem !== null) await gitAnswer(["add", "-A", "--ignore-errors"], options);
  if ((await gitAnswer(["diff", "--cached", "--quiet"], options)) === null) {
    const by = authorVariables(note.author);
    const args = ["commit", "-q", "--no-verify", "--cleanup=whitespace", "-F", "-"];
    await git(args, { ...options, env: { ...options.env, ...by }, input: `${message.replaceAll("\0", "")}\n` });
  }
  if (problem !== null) throw new Error(problem);
  const left = await git(["status", "--porcelain", "--ignore-submodules=dirty"], options);
  if (left !== "") throw new Error(`git will not commit ${left.split("\n").slice(0, 5).join(", ")}`);
}

/**
 * Whatever has been checked out since, the task's branch is what is committed to: it goes on to where the worktree is, or,
 * where that leads elsewhere, gets what is there on top. It never loses a commit.
 * @returns false when an earlier commit was only looked at: there is nothing to commit
 */
async function attach(options: GitOptions, branch: string): Promise<boolean> {
  const ref = branchRef(branch);
  if ((await gitAnswer(["symbolic-ref", "-q", "HEAD"], options)) === ref) return true;
  const isAncestor = async (a: string, b: string) =>
    (await gitAnswer(["merge-base", "--is-ancestor", a, b], options)) !== null;
  if (await isAncestor(ref, "HEAD")) {
    await updateRefs(options, [`update ${ref} ${await git(["rev-parse", "HEAD"], options)}`]);
  } else if (await isAncestor("HEAD", ref)) {
    if ((await git(["status", "--porcelain"], options)) === "") return false;
  }
  await git(["symbolic-ref", "HEAD", ref], options);
  return true;
}

function authorVariables(author: string): Record<string, string> {
  const [, name = "", mail = ""] = /^(.*) <(.*)>$/.exec(author) ?? [];
  const both = (who: string): [string, string][] => [
    [`GIT_${who}_NAME`, name],
    [`GIT_${who}_EMAIL`, mail],
  ];
  return Object.fromEntries([...both("AUTHOR"), ...both("COMMITTER")]);
}

/** Renames are a removal and an addition: both names count. */
const PLAIN = ["-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none"];

/** What differs between two commits. */
export async function diffOf(
  base: string,
  tip: string,
  options: GitOptions,
): Promise<Pick<Changes, "insertions" | "deletions"> & { files: string[] }> {
  const listed = await git(["diff", "--numstat", ...PLAIN, base, tip], options);
  const rows = listed.split("\0").flatMap((row) => {
    const [, added, removed, file] = /^(\d+|-)\t(\d+|-)\t([^]+)$/.exec(row) ?? [];
    // Of binary files no lines are counted.
    return file === undefined ? [] : [{ file, added: Number(added) || 0, removed: Number(removed) || 0 }];
  });
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  return {
    files: rows.map(({ file }) => file),
    insertions: sum(rows.map(({ added }) => added)),
    deletions: sum(rows.map(({ removed }) => removed)),
  };
}

/**
 * Repositories within the worktree, submodules too, with work of their own: the commit has their names, and nothing of
 * what is in them.
 */
async function repositoriesIn(worktree: Worktree, tip: string): Promise<string[]> {
  const { slot, note } = worktree;
  if (!(await exists(treeOf(slot, note)))) return [];
  const options = inWorktree(worktree);
  const parts = (await git(["diff", "--raw", ...PLAIN, note.base, tip], options)).split("\0");
  const committed = parts.flatMap((part, index) => (/^:\d+ 160000 /.test(part) ? [parts[index + 1] ?? ""] : []));
  const status = await git(
    ["status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=untracked"],
    options,
  );
  return [...committed, ...status.split("\0").flatMap((line) => (line === "" ? [] : [line.slice(3)]))];
}

/** @returns why it is still there */
async function remove({ slot, note }: Worktree, options: GitOptions): Promise<string | null> {
  const tree = treeOf(slot, note);
  try {
    await git(["worktree", "remove", "--force", "--force", tree], options);
    await rm(tree, { recursive: true, force: true });
    await rm(noteFile(slot), { force: true });
    return null;
  } catch (error) {
    // Somebody has removed it already, and git knows.
    if (!(await exists(tree))) return await rm(noteFile(slot), { force: true }).then(() => null);
    return messageOf(error);
  }
}
