import { post } from "../api.js";
import type { Verb } from "../../domain/steering.js";
import type { QueryBody } from "../query/query.js";

/** Which tasks are meant: these, or all to which a query applies now. */
export type Target = { ids: readonly string[] } | { query: QueryBody; total: number };

/** What became of many. */
export interface Outcome {
  done: readonly string[];
  failed: readonly { task_id: string; detail: string; hint: string | null }[];
  /** NATS did not answer any more: these are as they were. */
  untried: number;
}

export const sizeOf = (target: Target): number => ("ids" in target ? target.ids.length : target.total);

/** Does to each what is done to one; what does not apply to one of them does not stop the rest. */
export async function steerAll(verb: Verb, target: Target, reason: string): Promise<Outcome> {
  const meant = "ids" in target ? { ids: target.ids } : { query: target.query };
  return await post<Outcome>(`api/tasks/${verb}`, { ...meant, ...(reason !== "" && { reason }) });
}
