import type { FastifyReply } from "fastify";
import { z } from "zod";
import { meantBy, type Verb } from "../../domain/steering.js";
import type { TaskFilter } from "../../domain/task-filter.js";
import type { TaskRecord } from "../../domain/task.js";
import { MjError } from "../../errors.js";
import { forEachTask } from "../../operations/bulk.js";
import { approveTask, cancelRecord, cancelTask, commandEnded, rejectTask, retryTask } from "../../operations/tasks.js";
import { type Api, type Coordinator, needNats } from "../api.js";
import { type Problem, problemOf } from "../problem.js";
import { answer } from "../schemas/answer.js";
import { problem } from "../schemas/problem.js";
import { BulkBody, OneTask, SteerBody } from "../schemas/query.js";
import { CancelledTask, Task } from "../schemas/tasks.js";

const tags = ["steering"];

type Failed = { task_id: string } & Problem;

const VERBS = { cancel: cancelRecord, retry: retryTask, approve: approveTask, reject: rejectTask };

const SUMMARIES: Record<Verb, string> = {
  cancel: "Cancel; a running command is stopped",
  retry: "Run again what failed or was cancelled",
  approve: "Let what waits for approval go on",
  reject: "Cancel what waits for approval",
};

const Bulk = z.object({
  done: z.array(z.string()),
  failed: z.array(answer<Failed>({ task_id: z.string(), ...problem })),
  untried: z.int().meta({ description: "NATS did not answer any more: these are as they were" }),
});

/** What a person does to tasks: one, or many. */
export function addSteering(app: Api, coordinator: Coordinator): void {
  for (const verb of Object.keys(VERBS) as Verb[]) {
    addOne(app, coordinator, verb);
    addMany(app, coordinator, verb);
  }
}

function addOne(app: Api, coordinator: Coordinator, verb: Verb): void {
  const { session, person } = coordinator;
  const schema = { tags, summary: SUMMARIES[verb], params: OneTask, body: SteerBody };
  for (const base of ["/api/tasks", "/tasks"]) {
    const path = `${base}/:id/${verb}`;
    const hide = base === "/tasks";
    if (verb === "cancel") {
      app.post(path, { schema: { ...schema, hide, response: { 200: CancelledTask } } }, async ({ params, body }) => {
        needNats(coordinator);
        const { record, running } = await cancelTask(session, params.id, person, body.reason ?? null);
        return { ...record, running };
      });
    } else {
      app.post(path, { schema: { ...schema, hide, response: { 200: Task } } }, async ({ params, body }) => {
        needNats(coordinator);
        return await VERBS[verb](session, params.id, person, body.reason ?? null);
      });
    }
  }
}

function addMany(app: Api, coordinator: Coordinator, verb: Verb): void {
  const { session, view, person } = coordinator;
  const summary = `${SUMMARIES[verb]}: many tasks, by their ids or by a query`;
  app.post(
    `/api/tasks/${verb}`,
    { schema: { tags, summary, body: BulkBody, response: { 200: Bulk } } },
    async ({ body: { ids, query, reason = null } }, reply) => {
      needNats(coordinator);
      if ((ids === undefined) === (query === undefined)) {
        throw new MjError("usage", "say which tasks: give either ids or a query", {
          hint: `{"query": {}} is every task it is meant for: ${meantBy(verb).join(", ")}`,
        });
      }
      const status = query?.status ?? meantBy(verb);
      const only: TaskFilter | undefined = query && { status };
      const meant = ids ?? view.ids({ ...query, status, sort: "created", order: "asc" });
      const outcome = await forEachTask([...new Set(meant)], gone(reply), async (id): Promise<string | Failed> => {
        try {
          const record = await VERBS[verb](session, id, person, reason, only);
          if (verb === "cancel") void told(coordinator, record);
          return id;
        } catch (error) {
          // What concerns one task is told of it; anything else ends it all.
          if (!(error instanceof MjError)) throw error;
          return { task_id: id, ...problemOf(error) };
        }
      });
      const [first] = outcome.failed;
      if (first instanceof Error && outcome.done.length === 0) throw first;
      return {
        done: outcome.done.filter((each) => typeof each === "string"),
        failed: outcome.done.filter((each) => typeof each !== "string"),
        untried: outcome.untried + outcome.failed.length,
      };
    },
  );
}

/** Its owner ends the command; of many that is not waited for. */
async function told({ session }: Coordinator, record: TaskRecord): Promise<void> {
  await commandEnded(session, record).catch(() => undefined);
}

/** Aborts when nobody waits for the answer any more: what was not tried stays as it is. */
function gone(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once("close", () => left.abort());
  return left.signal;
}
