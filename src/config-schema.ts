import { z } from "zod";
import { Budget } from "./domain/budget.js";
import { AGENT_CLIS } from "./domain/command.js";
import { MIN_RETENTION_MS, parseRetention } from "./domain/retention.js";

const text = z.string().min(1);

const MAX_RUNNING_RULE = "expected a whole number from 1 on, or unlimited";

const RETENTION_RULE = "expected a duration such as 30d, or forever";
const RETENTION_MINIMUM = "expected 1m at least, or forever: who follows a task must see it end before it is removed";

/** How long an ended task is kept, in ms; null: for ever. */
const Retention = z
  .string({ error: RETENTION_RULE })
  .transform((value) => parseRetention(value))
  .refine((ms) => ms !== undefined, { error: RETENTION_RULE, abort: true })
  .transform((ms) => ms ?? null)
  .refine((ms) => ms === null || ms >= MIN_RETENTION_MS, { error: RETENTION_MINIMUM });

/** `mjagent.yaml` and `~/.config/mjagent/config.yaml`; every key is described in docs/configuration.md. */
export const ConfigFile = z.strictObject({
  server: z.union([text, z.array(text).min(1)]).optional(),
  /** Empty: the one natscli has selected. */
  context: z.string().optional(),
  creds: text.optional(),
  user: text.optional(),
  password: text.optional(),
  token: text.optional(),
  nkey: text.optional(),
  ca: text.optional(),
  cert: text.optional(),
  key: text.optional(),
  workspace: z
    .strictObject({
      id: text.regex(/^[A-Za-z0-9_-]+$/, { error: "a workspace id is made of letters, digits, _ and -" }).optional(),
      prefix: text
        .regex(/^[a-z0-9_-]+$/, { error: "a workspace prefix is made of lower-case letters, digits, _ and -" })
        .optional(),
      /** Copies of every stream and bucket in a cluster. */
      replicas: z.int().min(1).max(5).optional(),
      max_running: z.union([z.int().min(1), z.literal("unlimited")], { error: MAX_RUNNING_RULE }).optional(),
      retention: Retention.optional(),
      budget: z.union([z.literal("unlimited"), Budget]).optional(),
    })
    .optional(),
  agents_dir: text.optional(),
  /** The order in which `adapter: auto` looks for agent CLIs. */
  adapters: z.array(z.enum(AGENT_CLIS)).min(1).optional(),
});
export type ConfigFile = z.output<typeof ConfigFile>;
