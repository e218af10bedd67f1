import { isTerminal, type Status } from "./task.js";

/** What is known of the tasks a new task waits for: still open, done, or ended without being done. */
export type BlockerState = "open" | "completed" | "failed";

/** How a blocker in this status counts for those who wait for it. */
export const blockerState = (status: Status): BlockerState =>
  status === "completed" ? "completed" : isTerminal(status) ? "failed" : "open";
