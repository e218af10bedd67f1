import { z } from "zod";
import { parseDuration } from "./duration.js";

/** Zod schema: a duration text, read as milliseconds. */
export const Duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: "expected a duration such as 30s, 10m or 2h" })
  .transform((text) => parseDuration(text) ?? 0);
