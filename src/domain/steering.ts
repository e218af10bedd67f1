import { statusesFor } from "./lifecycle.js";
import type { Status } from "./task.js";

/** What a person does to tasks that are there, and the event it is. */
export const STEERING = { cancel: "cancelled", retry: "retried", approve: "approved", reject: "rejected" } as const;
export type Verb = keyof typeof STEERING;

/** The statuses of the tasks that a verb can be done to. */
export const fitFor = (verb: Verb): readonly Status[] => statusesFor(STEERING[verb]);

/** Those of the tasks it is meant for when it is to be done to all and nobody says which. */
export function meantBy(verb: Verb): readonly Status[] {
  // What was cancelled was ended on purpose: bringing all of that back as well is asked for by name.
  return verb === "retry" ? ["failed"] : fitFor(verb);
}
