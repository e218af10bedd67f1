import { z } from "zod";
import { DEFAULT_RETENTION_MS, MIN_RETENTION_MS } from "./retention.js";
import { Budget, type BudgetStanding } from "./budget.js";
import { ageText } from "./duration.js";
import type { Quota } from "./quota.js";

/** That a role, or everything, claims nothing for now: who said so, when and why. */
export const Pause = z.object({ by: z.string(), reason: z.string().nullable(), at: z.string() });
export type Pause = z.output<typeof Pause>;

/** What holds for a whole workspace, whatever host an agent runs on. Null: not limited. */
export const WorkspaceRules = z.object({
  /** Tasks in progress at a time, of all roles together. */
  max_running: z.int().min(1).nullable(),
  /** How long a task that has ended is kept, in ms. */
  retention_ms: z.int().min(MIN_RETENTION_MS).nullable().default(DEFAULT_RETENTION_MS),
  /** Of all roles together. */
  budget: Budget.nullable().default(null),
});
export type WorkspaceRules = z.output<typeof WorkspaceRules>;

/** A place among the limited number of running tasks, and a lease on the files of its task: taken before the claim. */
export const RunningSlot = z.object({
  task_id: z.string(),
  /** The epoch the claim was to have. */
  epoch: z.number(),
  role: z.string(),
  owner: z.string(),
  instance_id: z.string(),
  /** Globs. No two tasks whose files overlap hold slots at a time. */
  files: z.array(z.string()).default([]),
});
export type RunningSlot = z.output<typeof RunningSlot>;

/** Everything the settings bucket says. */
export interface WorkspaceState {
  rules: WorkspaceRules;
  /** By role; `everything` for the pause of all. */
  pauses: ReadonlyMap<string, Pause>;
  slots: readonly RunningSlot[];
  /** What providers refuse for now, by account. */
  quotas: ReadonlyMap<string, Quota>;
  /** How the budgets stand, where somebody has counted. */
  budgets?: readonly BudgetStanding[];
}

/** The key under which everything is paused: no role can have this name. */
export const EVERYTHING = "*";

/** What holds when nobody has said anything. */
export const noRules = (): WorkspaceRules => ({ max_running: null, retention_ms: DEFAULT_RETENTION_MS, budget: null });

/** What holds one role back, or everything (`role` null). */
export interface RolePause extends Pause {
  role: string | null;
}

/** All pauses, that of everything first. */
export const pausesOf = ({ pauses }: Pick<WorkspaceState, "pauses">): RolePause[] =>
  [...pauses]
    .map(([role, pause]) => ({ role: role === EVERYTHING ? null : role, ...pause }))
    .sort((a, b) => (a.role ?? "").localeCompare(b.role ?? ""));

/** The pause that holds a role back, if there is one. */
export const pauseOf = ({ pauses }: Pick<WorkspaceState, "pauses">, role: string): Pause | undefined =>
  pauses.get(role) ?? pauses.get(EVERYTHING);

/** Who holds what back, since when and why. For people; not escaped. @param now epoch ms */
export function pauseText({ role, by, reason, at }: RolePause, now: number): string {
  const why = reason === null ? "" : ` (${reason})`;
  const ms = now - Date.parse(at);
  const since = ms < 1_000 ? "" : `, ${ageText(ms)} ago`;
  return `${role ?? "everything"} is paused by ${by}${since}${why}`;
}
