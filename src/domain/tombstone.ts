import { z } from "zod";
import { isIsoTime, TERMINAL } from "./task.js";

/**
 * What stands in the place of a record that retention removed, until everything else of the task is removed too.
 * `status` is how it ended: whoever came to wait for it in the moment it was removed still learns that.
 */
export const Tombstone = z.object({
  status: z.enum(TERMINAL),
  removed_at: z.string().refine(isIsoTime),
  /** The last sequences these streams had before. What came later belongs to a new task that was given the id. */
  logs: z.int().min(0),
  artifacts: z.int().min(0),
});
export type Tombstone = z.output<typeof Tombstone>;

/** The tombstone that a marker is; null: the record was removed by hand, or nothing of it is left. */
export const tombstoneOf = (value: unknown): Tombstone | null => Tombstone.safeParse(value).data ?? null;
