import { createHash } from "node:crypto";
import type { TaskRecord } from "./task.js";

/** A task as its branch knows it: ids come again, in other workspaces and once a task was removed. */
export type BranchTask = Pick<TaskRecord, "task_id" | "created_at">;

/** Tells a task from others that had, or have elsewhere, the same id. */
export const taskKey = ({ task_id, created_at }: BranchTask): string =>
  createHash("sha256").update(`${task_id}\n${created_at}`).digest("hex").slice(0, 8);

/**
 * The branches a task can have: `mjagent/<id>`, and where that is another's, one with its key, which no other task's
 * name can be, as ids have no dots.
 */
export const branchNames = (task: BranchTask): readonly [string, string] => {
  const plain = `mjagent/${task.task_id}`;
  return [plain, `${plain}.${taskKey(task)}`];
};

export const branchRef = (branch: string): string => `refs/heads/${branch}`;

/** Beside each branch a ref says whose it is, and points to the commit it began at. */
export const baseRef = (branch: string, task: BranchTask): string => `refs/${branch}/${taskKey(task)}`;

/** All refs that decide which branch a task has. */
export const refsOf = (task: BranchTask): string[] =>
  branchNames(task).flatMap((branch) => [branchRef(branch), baseRef(branch, task)]);

/** A branch that is the task's. */
export interface TaskBranch {
  branch: string;
  base: string;
  tip: string;
}

/**
 * The branch a task has.
 * @param refs the refs of a repository with their commits, at least those of `refsOf` that are there
 */
export function ownBranch(task: BranchTask, refs: ReadonlyMap<string, string>): TaskBranch | null {
  for (const branch of branchNames(task)) {
    const tip = refs.get(branchRef(branch));
    const base = refs.get(baseRef(branch, task));
    if (tip !== undefined && base !== undefined) return { branch, base, tip };
  }
  return null;
}

/** The name of the branch a task that has none is given; null when both are somebody else's. */
export const freeBranch = (task: BranchTask, refs: ReadonlyMap<string, string>): string | null =>
  branchNames(task).find((branch) => !refs.has(branchRef(branch))) ?? null;
