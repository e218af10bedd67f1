import { expect, it } from "vitest";
import {
  baseRef,
  branchNames,
  branchRef,
  freeBranch,
  ownBranch,
  refsOf,
  taskKey,
} from "../../src/domain/task-branch.js";

const task = { task_id: "5", created_at: "2030-01-01T00:00:00.000Z" };
const later = { ...task, created_at: "2031-01-01T00:00:00.000Z" };
const [plain, keyed] = branchNames(task);

const refs = (...names: string[]): Map<string, string> => new Map(names.map((name, index) => [name, `c${index}`]));

it("a task's names: by its id, and by its key where that is taken", () => {
  expect(branchNames(task)).toEqual(["mjagent/5", `mjagent/5.${taskKey(task)}`]);
  expect(taskKey(later)).not.toBe(taskKey(task));
  expect(refsOf(task)).toHaveLength(4);
  expect(baseRef(plain, task)).toBe(`refs/mjagent/5/${taskKey(task)}`);
});

it.each<[string, string[], string | null, string | null]>([
  ["nothing there", [], null, plain],
  ["its own", [branchRef(plain), baseRef(plain, task)], plain, keyed],
  ["a person's", [branchRef(plain)], null, keyed],
  ["another task's of this id", [branchRef(plain), baseRef(plain, later)], null, keyed],
  ["its own beside a person's", [branchRef(plain), branchRef(keyed), baseRef(keyed, task)], keyed, null],
  ["its own was deleted", [baseRef(plain, task)], null, plain],
  ["both are somebody else's", [branchRef(plain), branchRef(keyed)], null, null],
])("%s", (_, there, own, free) => {
  const found = refs(...there);
  expect(ownBranch(task, found)?.branch ?? null).toBe(own);
  expect(freeBranch(task, found)).toBe(free);
});
