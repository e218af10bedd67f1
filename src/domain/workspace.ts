import { z } from "zod";
import { Duration } from "./duration-schema.js";

/** `Name <mail>`, as git takes it. */
const Author = z.string().regex(/^[^<>\s][^<>\r\n]* <[^<>\s]+>$/, { error: 'an author is written "Name <mail>"' });

const Kind = z.discriminatedUnion("kind", [
  /** The role's `cwd`, shared by all its tasks. */
  z.strictObject({ kind: z.literal("cwd") }),
  /** An empty folder for each attempt. */
  z.strictObject({ kind: z.literal("temp") }),
  /** A git worktree and a branch for each task. */
  z.strictObject({
    kind: z.literal("worktree"),
    author: Author.default("mjagent <mjagent@localhost>"),
    /** What a new branch starts from: the branch of the first blocker that has one, instead of what is checked out. */
    continue_from: z.literal("blocker").optional(),
  }),
]);

/** Where a role's commands work; a word alone is its kind. */
export const WorkspaceKind = z
  .preprocess((value) => (typeof value === "string" ? { kind: value } : value), Kind)
  .prefault({ kind: "cwd" });
export type WorktreeSettings = Extract<z.output<typeof Kind>, { kind: "worktree" }>;

/** Held against paths from the top of the repository: one that starts elsewhere would fit none, and say nothing. */
const Glob = z
  .string()
  .min(1)
  .max(1_000)
  .refine((glob) => !glob.startsWith("!"), { error: "what own is not to hold goes into never, without the !" })
  .refine((glob) => !/^(\/|\.\.?\/|~)/.test(glob), {
    error: "a glob of scope begins at the top of the repository: src/api/**, without / or ./ before it",
  });
const globs = z.array(Glob).min(1).optional();

/** What an attempt may change: nothing outside `own` when that is given, nothing within `never`. */
export const Scope = z
  .strictObject({ own: globs, never: globs })
  .refine(({ own, never }) => own !== undefined || never !== undefined, { error: "scope needs own or never" });
export type Scope = z.output<typeof Scope>;

/** A command that runs beside a role's own, in the same folder. */
export const Hook = z.strictObject({
  run: z.array(z.string()).min(1, { error: "run needs at least the program" }),
  timeout: Duration.refine((ms) => ms > 0, { error: "a time limit must be longer than nothing" }).default(120_000),
});
export type Hook = z.output<typeof Hook>;

/** What the attempts of a task have changed, from where its branch began to its last commit. */
export interface Changes {
  branch: string;
  /** The commit the branch began at. */
  base: string;
  commit: string;
  files: number;
  insertions: number;
  deletions: number;
  /** Where the branch is: the host, and the folder of the repository on it. */
  host: string;
  repository: string;
}

/** How much was changed, for people: `3 files, +40 −2`. */
export const amountText = ({
  files,
  insertions,
  deletions,
}: Pick<Changes, "files" | "insertions" | "deletions">): string =>
  `${files === 1 ? "1 file" : `${files} files`}, +${insertions} −${deletions}`;

/** A diff as programs are told it; of a task that has changed nothing, its branch and commits are null. */
export interface WholeDiff {
  task_id: string;
  branch: string | null;
  base: string | null;
  commit: string | null;
  /** The changed files, from the top of the repository. */
  files: string[];
  insertions: number;
  deletions: number;
  /** A patch. */
  diff: string;
}
