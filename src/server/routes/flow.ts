import { flowOf } from "../../domain/flow.js";
import { taskGraphOf } from "../../domain/task-graph.js";
import { taskNotFound } from "../../operations/tasks.js";
import type { Api, Coordinator } from "../api.js";
import { FlowQuery, Graph, WorkFlow } from "../schemas/flow.js";
import { OneTask, pastTime } from "../schemas/query.js";

/** Who hands work to whom, and what one task belongs to. */
export function addFlow(app: Api, { view }: Coordinator): void {
  app.get(
    "/api/flow",
    {
      schema: {
        tags: ["fleet"],
        summary: "Hand-offs between roles",
        querystring: FlowQuery,
        response: { 200: WorkFlow },
      },
    },
    ({ query: { since } }) =>
      flowOf(view, since === undefined ? null : new Date(pastTime(since, view.as_of)).toISOString()),
  );
  app.get(
    "/api/tasks/:id/graph",
    {
      schema: {
        tags: ["tasks"],
        summary: "What a task came from, waits for, and led to",
        params: OneTask,
        response: { 200: Graph },
      },
    },
    ({ params: { id } }) => {
      const graph = taskGraphOf(view, id);
      if (!graph) throw taskNotFound(id);
      return graph;
    },
  );
}
