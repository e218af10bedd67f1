import { z } from "zod";
import type { Flow, FlowEdge, FlowNode } from "../../domain/flow.js";
import { STATUSES } from "../../domain/task.js";
import type { GraphEdge, GraphNode, TaskGraph } from "../../domain/task-graph.js";
import { answer, number, optionalText } from "./answer.js";
import { past } from "./query.js";

export const FlowQuery = z.strictObject({
  since: past
    .optional()
    .meta({ description: "hand-offs and ends from 1h ago, or from an ISO time; default: all there are" }),
});

const id = z.string();

export const WorkFlow = answer<Flow>({
  nodes: z.array(
    answer<FlowNode>({
      id,
      kind: z.enum(["role", "unclaimed", "outside", "removed"]),
      role: optionalText,
      running: number,
      waiting: number,
      done: number,
      failed: number,
    }),
  ),
  edges: z.array(answer<FlowEdge>({ from: id, to: id, tasks: number, running: number, failed: number })),
}).meta({ id: "Flow" });

export const Graph = answer<TaskGraph>({
  task_id: z.string(),
  nodes: z.array(
    answer<GraphNode>({
      task_id: z.string(),
      title: optionalText.meta({ description: "null: the task is not kept any more" }),
      status: z.enum(STATUSES).nullable(),
      role: optionalText,
    }),
  ),
  edges: z.array(answer<GraphEdge>({ from: id, to: id, kind: z.enum(["handoff", "blocks"]) })),
  left_out: number.meta({ description: "how many tasks more there are" }),
  children: number,
  dependents: number,
}).meta({ id: "TaskGraph" });
