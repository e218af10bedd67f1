import { z } from "zod";
import type { LastAttempt } from "../../domain/last-attempts.js";
import type { ListedAgent } from "../../domain/agent-watch.js";
import { Beat } from "../../domain/message.js";
import type { ErrorGroup } from "../../domain/error-groups.js";
import type { Overview } from "../../domain/overview.js";
import { Pause, type RolePause } from "../../domain/settings.js";
import { ATTEMPT_OUTCOMES } from "../../domain/task.js";
import { answer, number, optionalText, texts, time } from "./answer.js";

export const Agents = z.array(
  answer<ListedAgent>({
    ...{ ...Beat.shape, last_heartbeat: time, heartbeat_age_ms: number, lost: z.boolean() },
    last: answer<LastAttempt>({
      task_id: z.string(),
      title: z.string(),
      outcome: z.enum(ATTEMPT_OUTCOMES),
      ended_at: time,
    })
      .nullable()
      .meta({ description: "what it ended last, of the tasks there are" }),
  }).meta({ id: "Agent" }),
);

export const RolePauses = z.array(
  answer<RolePause>({ role: optionalText.meta({ description: "null: every role" }), ...Pause.shape }),
);

export const Stats = answer<Overview>({
  workspace: z.string(),
  taken_at: time,
  queued: number,
  running: number,
  waiting: number,
  failed_24h: number,
  cost_today_usd: number,
  tokens_today: number,
}).meta({ id: "Overview" });

export const Failures = z.array(
  answer<ErrorGroup>({
    fingerprint: z.string(),
    message: z.string(),
    count: number,
    last_seen: time,
    roles: texts,
    examples: texts,
  }).meta({ id: "ErrorGroup" }),
);

export const Health = z
  .object({
    status: z.enum(["ok", "degraded"]).meta({ description: "degraded: NATS is not reachable, what is shown is old" }),
    version: z.string(),
    workspace: z.string(),
    nats: z.object({ connected: z.boolean(), since: time }),
    as_of: time.meta({ description: "of when the data is" }),
    leading: z.boolean().meta({ description: "whether the dispatcher works in this process" }),
  })
  .meta({ id: "Health" });
