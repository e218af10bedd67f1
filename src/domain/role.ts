import { z } from "zod";
import { Budget } from "./budget.js";
import { Command } from "./command.js";
import { Duration } from "./duration-schema.js";
import { ATTEMPT_REASONS } from "./reasons.js";
import type { RetryPolicy } from "./retry.js";
import { NewTaskFields } from "./task.js";
import { Hook, Scope, WorkspaceKind } from "./workspace.js";

const strings = z.array(z.string().min(1)).default([]);

/** As long as what they are held against can be; a glob or a word of 64 KiB could not even be compiled. */
const criteria = z.array(z.string().min(1).max(1_000)).default([]);

/** What makes a task eligible for a role: any one of these. */
export const Match = z.strictObject({
  types: criteria,
  phases: criteria,
  keywords: criteria,
  tags: criteria,
  files: criteria,
});
export type Match = z.output<typeof Match>;

/** Events a role can watch: it then runs once for each such event instead of claiming tasks. */
export const WATCHABLE = ["claimed", "completed", "failed", "released", "cancelled"] as const;
export type WatchedEvent = (typeof WATCHABLE)[number];

const Retry = z
  .strictObject({
    max_attempts: z.int().min(1).max(1_000).default(3),
    backoff: Duration.default(30_000),
    max_backoff: Duration.default(600_000),
    on: z.array(z.enum(ATTEMPT_REASONS)).min(1).optional(),
  })
  .prefault({})
  .transform((retry): RetryPolicy => ({
    max_attempts: retry.max_attempts,
    backoff_ms: retry.backoff,
    max_backoff_ms: retry.max_backoff,
    ...(retry.on && { on: retry.on }),
  }));

/** A hand-off: a task published when one completes. Every text in it is a template. */
export const Handoff = z.strictObject({
  title: NewTaskFields.title,
  description: z.string().optional(),
  type: z.string().optional(),
  phase: z.string().optional(),
  tags: z.array(z.string()).optional(),
  files: z.array(z.string()).optional(),
  priority: NewTaskFields.priority,
  payload: NewTaskFields.payload,
});
export type Handoff = z.output<typeof Handoff>;

const TimeLimit = Duration.refine((ms) => ms > 0, { error: "a time limit must be longer than nothing" });

const ArtifactGlob = z
  .string()
  .min(1)
  .max(1_000)
  .refine((glob) => !/^[/~\\]|^[A-Za-z]:|(?:^|\/)\.\.(?:\/|$)/.test(glob), {
    error: "expected a glob within the working folder, such as dist/** or *.png",
  });

const Environment = z
  .strictObject({
    allow: strings,
    set: z.record(z.string(), z.string()).default({}),
    /** Variables whose values are secret, besides those with a name that says so. */
    secret: strings,
  })
  .check(({ value, issues }) => {
    const known = new Set([...value.allow, ...Object.keys(value.set)].map((name) => name.toLowerCase()));
    for (const [index, name] of value.secret.entries()) {
      if (known.has(name.toLowerCase())) continue;
      const message = `the command gets no ${name}: add it to allow or set, or correct the name`;
      issues.push({ code: "custom", input: value, path: ["secret", index], message });
    }
  })
  .prefault({});

/** What an agent is, however its work is run. */
const agentFields = {
  name: z.string().regex(/^[a-z0-9-]{1,64}$/, { error: "a role name is 1 to 64 of a-z, 0-9 and -" }),
  display_name: z.string().min(1).max(64).optional(),
  description: z.string().default(""),
  match: Match.prefault({}),
  watch: z.array(z.enum(WATCHABLE)).default([]),
  concurrency: z.int().min(1).max(1_000).default(1),
  /** Tasks of this role in progress at a time, across the fleet. */
  max_running: z.int().min(1).max(1_000).optional(),
  /** What all agents of it together may use up, across the fleet. */
  budget: Budget.optional(),
  retry: Retry,
  handoff: z.array(Handoff).default([]),
};

/** An agent whose work is done by a function of the same program. Durations are read as ms. */
export const AgentDefinition = z.strictObject(agentFields);
export type AgentDefinition = z.output<typeof AgentDefinition>;

/** A role: one YAML file of the agents folder (CONTRACT "A role"). Durations are read as ms. */
export const Role = z
  .strictObject({
    ...agentFields,
    command: Command,
    prompt: z.string().optional(),
    prompt_file: z.string().min(1).optional(),
    /** What it remembers from task to task. */
    memory: z.string().min(1).optional(),
    timeout: TimeLimit.default(1_800_000),
    stall_timeout: TimeLimit.optional(),
    /** Answers of the model, and tool calls, in one attempt. */
    max_turns: z.int().min(1).optional(),
    max_steps: z.int().min(1).optional(),
    /** A JSON Schema that the result's `data` must meet. */
    result_schema: z.record(z.string(), z.unknown()).optional(),
    env: Environment,
    cwd: z.string().min(1).default("."),
    /** Globs against the paths of files in the working folder. */
    artifacts: z.array(ArtifactGlob).default([]),
    workspace: WorkspaceKind,
    scope: Scope.optional(),
    before: Hook.optional(),
    after: Hook.optional(),
  })
  .check((context) => {
    const role = context.value;
    if (role.prompt !== undefined && role.prompt_file !== undefined) {
      context.issues.push({
        code: "custom",
        input: role,
        path: ["prompt_file"],
        message: "give prompt or prompt_file, not both",
      });
    }
    if (role.max_running !== undefined && role.watch.length > 0) {
      context.issues.push({
        code: "custom",
        input: role,
        path: ["max_running"],
        message: "a role that watches claims no tasks: limit it with concurrency, on one host",
      });
    }
    if (role.budget?.per === "task" && role.watch.length > 0) {
      context.issues.push({
        code: "custom",
        input: role,
        path: ["budget", "per"],
        message: "a role that watches has no tasks of its own: take day or week",
      });
    }
    if (role.scope !== undefined && role.workspace.kind !== "worktree") {
      context.issues.push({
        code: "custom",
        input: role,
        path: ["scope"],
        message: "scope needs workspace: worktree, where what a task has changed can be told",
      });
    }
    if (role.workspace.kind === "worktree" && role.watch.length > 0) {
      context.issues.push({
        code: "custom",
        input: role,
        path: ["workspace"],
        message: "a role that watches has no tasks, and so no branches: take cwd or temp",
      });
    }
    if (role.command.adapter !== "command" && role.prompt === undefined && role.prompt_file === undefined) {
      context.issues.push({
        code: "custom",
        input: role,
        path: ["prompt"],
        message: `adapter ${role.command.adapter} needs a prompt or a prompt_file`,
      });
    }
  });
export type Role = z.output<typeof Role>;

/** The part of a role that routing needs: what the roles bucket holds. */
export interface RoleRegistration {
  name: string;
  description: string;
  match: Match;
  watch: WatchedEvent[];
  /** Null: not limited. */
  max_running: number | null;
  budget?: Budget | undefined;
}

export const registrationOf = (role: AgentDefinition): RoleRegistration => ({
  name: role.name,
  description: role.description,
  match: role.match,
  watch: role.watch,
  max_running: role.max_running ?? null,
  ...(role.budget && { budget: role.budget }),
});

/** The agent id a role goes by: its display name with what a subject token cannot hold taken out. */
export function agentIdOf(role: Pick<AgentDefinition, "name" | "display_name">): string {
  const id = (role.display_name ?? role.name).replace(/[^A-Za-z0-9_-]+/g, "");
  return id === "" ? role.name : id;
}
