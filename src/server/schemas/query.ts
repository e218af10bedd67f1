import { z } from "zod";
import { parseDuration } from "../../domain/duration.js";
import { isIsoTime, PRIORITIES, STATUSES, TaskId } from "../../domain/task.js";
import { ORDERS, SORTS } from "../../domain/task-query.js";

/** `a,b`, or the parameter several times. */
const several = <T extends z.ZodType>(schema: T) =>
  z
    .preprocess(
      (value) =>
        [value]
          .flat()
          .flatMap((each) => (typeof each === "string" ? each.split(",") : [each]))
          .filter((each) => each !== ""),
      z.array(schema),
    )
    .optional()
    .meta({ description: "several with commas between, or the parameter several times" });

const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, { error: "expected a whole number from 1 on" })
    .transform(Number)
    .refine((number) => number <= max, { error: `at most ${max}` });

/** Which tasks are meant: all that is given must apply. */
const Meant = {
  status: several(z.enum(STATUSES)),
  type: several(z.string()),
  agent: several(z.string()).meta({ description: "whose attempt it is or was last" }),
  role: several(z.string()),
  tag: several(z.string()),
  priority: several(z.enum(PRIORITIES)),
  fingerprint: z.string().optional().meta({ description: "the failures of one cause, as /api/errors names it" }),
  q: z.string().max(1_000).optional().meta({ description: "text in id, title, summary or error" }),
  since: z.string().optional().meta({ description: "ISO time: changed then or later" }),
};

export const TaskListQuery = z.strictObject({
  ...Meant,
  sort: z.enum(SORTS).optional(),
  order: z.enum(ORDERS).optional(),
  limit: wholeNumber(500).default(100),
  cursor: z.string().max(2_000).optional().meta({ description: "next_cursor of the page before" }),
});

const lists = <T extends z.ZodType>(schema: T) => z.array(schema).min(1).optional();

/** Which tasks something is to be done to: these, or all that are meant. */
export const BulkBody = z.strictObject({
  ids: z.array(TaskId).min(1).max(10_000).optional(),
  query: z
    .strictObject({
      status: lists(z.enum(STATUSES)),
      type: lists(z.string()),
      agent: lists(z.string()),
      role: lists(z.string()),
      tag: lists(z.string()),
      priority: lists(z.enum(PRIORITIES)),
      fingerprint: z.string().optional(),
      q: z.string().max(1_000).optional(),
      since: z.string().optional(),
    })
    .optional(),
  reason: z.string().max(1_000).nullish(),
});

export const SteerBody = z.strictObject({ reason: z.string().max(1_000).nullish() });
export const OneTask = z.strictObject({ id: TaskId });
export const LogQuery = z.strictObject({
  attempt: wholeNumber(1_000_000).optional(),
  limit: wholeNumber(10_000).default(1_000).meta({ description: "the newest so many lines" }),
});
export const HistoryQuery = z.strictObject({
  since: z.iso.datetime({ offset: true }).optional(),
  limit: wholeNumber(10_000).default(1_000).meta({ description: "the newest so many" }),
});
export const ReplayQuery = z.strictObject({ at: z.iso.datetime({ offset: true }) });
/** A duration before now, or a time. */
export const past = z.string().refine((text) => parseDuration(text) !== undefined || isIsoTime(text), {
  error: "expected a duration such as 1h, or a time such as 2030-01-31T09:00:00Z",
});
/** What `past` means, epoch ms. @param now ISO time from which a duration counts back */
export function pastTime(text: string, now: string): number {
  const ago = parseDuration(text);
  return ago === undefined ? Date.parse(text) : Math.max(0, Date.parse(now) - ago);
}
export const TimelineQuery = z.strictObject({
  since: past.default("1h").meta({ description: "a duration such as 1h, or an ISO time" }),
  until: past.optional().meta({ description: "the same; default: now" }),
  agent: several(z.string()),
});
export const MessageQuery = z.strictObject({ limit: wholeNumber(1_000).default(100) });
