import { z } from "zod";
import { type NewTask, StrictNewTask } from "../../domain/task.js";
import { MjError } from "../../errors.js";
import { readDiff } from "../../operations/diff.js";
import { publishTasks } from "../../operations/publish.js";
import { publishOnce } from "../../operations/publish-once.js";
import { getTask, taskNotFound } from "../../operations/tasks.js";
import { whyTask } from "../../operations/why.js";
import { taskHistory } from "../../operations/history.js";
import { type Api, type Coordinator, needNats } from "../api.js";
import { HistoryQuery, OneTask, TaskListQuery } from "../schemas/query.js";
import { Diff, Event, Explanation, KnownTask, Task, Tasks } from "../schemas/tasks.js";

const tags = ["tasks"];

/** Publishing, listing and showing tasks. */
export function addTasks(app: Api, coordinator: Coordinator): void {
  const { session, view, person } = coordinator;
  const list = { tags, summary: "Tasks: filtered, sorted, a page at a time", querystring: TaskListQuery };
  const show = { tags, summary: "A task, whole", params: OneTask, response: { 200: KnownTask } };

  for (const base of ["/api/tasks", "/tasks"]) {
    const hide = base === "/tasks";
    app.get(base, { schema: { ...list, response: { 200: Tasks }, hide } }, ({ query }) => view.list(query));
    app.get(`${base}/:id`, { schema: { ...show, hide } }, async ({ params: { id } }) => {
      if (session.isConnected()) return await getTask(session, id);
      const row = view.row(id);
      if (!row) throw taskNotFound(id);
      return { ...row, partial: true as const };
    });
    app.post(
      base,
      {
        schema: {
          tags,
          hide,
          summary: "Publish a task, or many that may name one another",
          description: "With the header Idempotency-Key a task is published once, however often it is sent.",
          headers: z.looseObject({ "idempotency-key": z.string().min(1).max(1_000).optional() }),
          body: z.union([StrictNewTask, z.array(StrictNewTask).min(1).max(10_000)]),
          response: { 200: Task, 201: z.union([Task, z.array(Task)]) },
        },
      },
      async ({ body, headers }, reply) => {
        needNats(coordinator);
        const signed = (task: NewTask): NewTask => ({ ...task, created_by: task.created_by ?? person });
        const key = headers["idempotency-key"];
        if (Array.isArray(body)) {
          if (key !== undefined) throw manyUnderOneKey();
          const published = await publishTasks(session, body.map(signed));
          return reply.code(201).send(published.map(({ record }) => record));
        }
        const task = signed(body);
        const ownKey = keyOf(task, key);
        const [published] =
          ownKey === undefined ? await publishTasks(session, [task]) : [await publishOnce(session, task, ownKey)];
        if (!published) throw new MjError("failure", "the task was not published");
        const { record, created, task_id } = published;
        return reply
          .code(created ? 201 : 200)
          .header("location", `/api/tasks/${task_id}`)
          .send(record);
      },
    );
  }

  app.get(
    "/api/tasks/:id/why",
    { schema: { tags, summary: "Why a task is where it is", params: OneTask, response: { 200: Explanation } } },
    async ({ params }) => {
      needNats(coordinator);
      return await whyTask(session, params.id);
    },
  );
  app.get(
    "/api/tasks/:id/diff",
    {
      schema: {
        tags,
        summary: "What a task has changed in the repository that the coordinator was started in",
        params: OneTask,
        response: { 200: Diff },
      },
    },
    async ({ params: { id } }) => {
      needNats(coordinator);
      return await readDiff(session, await getTask(session, id), process.cwd());
    },
  );
  app.get(
    "/api/tasks/:id/history",
    {
      schema: {
        tags,
        summary: "What happened to a task, oldest first",
        params: OneTask,
        querystring: HistoryQuery,
        response: { 200: z.array(Event) },
      },
    },
    async ({ params, query: { since, limit } }) => {
      needNats(coordinator);
      const from = since === undefined ? {} : { since: new Date(since) };
      return (await taskHistory(session, params.id, { ...from, limit })).entries;
    },
  );
}

function keyOf({ idempotency_key }: NewTask, header: string | undefined): string | undefined {
  if (idempotency_key === undefined || header === undefined || idempotency_key === header) {
    return header ?? idempotency_key;
  }
  throw new MjError("usage", "the header Idempotency-Key and idempotency_key in the task differ", {
    hint: "give one of them",
  });
}

const manyUnderOneKey = (): MjError =>
  new MjError("usage", "a list of tasks cannot have one Idempotency-Key", {
    hint: "give each task its own idempotency_key",
  });
