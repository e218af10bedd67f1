import { z } from "zod";
import type { AgentAttempts, AttemptSpan } from "../../domain/attempt-spans.js";
import { answer, number, optionalText, optionalTime, outcome, time } from "./answer.js";

const Span = answer<AttemptSpan>({
  task_id: z.string(),
  title: z.string(),
  attempt: number,
  epoch: number,
  started_at: time,
  ended_at: optionalTime.meta({ description: "null: it runs" }),
  outcome,
}).meta({ id: "AttemptSpan" });

export const Timeline = z
  .object({
    since: time,
    until: time,
    forgotten_until: optionalTime.meta({
      description: "of the attempts that ended then or before, not all are known; null: all are",
    }),
    agents: z.array(
      answer<AgentAttempts>({ agent_id: z.string(), role: optionalText, attempts: z.array(Span) }).meta({
        id: "AgentAttempts",
      }),
    ),
  })
  .meta({ id: "Timeline" });
