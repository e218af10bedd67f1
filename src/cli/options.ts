import { z } from "zod";
import { MjError } from "../errors.js";
import { check } from "../schema-problems.js";
import type { CommandContext } from "./context.js";

/** `--limit`, `--attempt`. */
export const WholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, { error: "expected a whole number from 1 on" })
  .transform(Number);

/** Where the coordinator listens unless it is told otherwise. */
export const DEFAULT_PORT = 8_001;

/** `--port`; 0: any that is free. */
export const PortNumber = z
  .string()
  .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, { error: "expected a port: 0 to 65535" })
  .transform(Number);

/**
 * A command's options, checked: `readOptions(context, z.object({ wait: z.boolean().default(false) }))`.
 * @throws MjError `usage` that names every option in trouble
 */
export function readOptions<T extends z.ZodType>(context: Pick<CommandContext, "options">, schema: T): z.output<T> {
  const checked = check(schema, context.options);
  if (checked.ok) return checked.value;
  const lines = checked.problems.map(({ path, text }) => {
    const option = `--${String(path[0] ?? "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return `${option}: ${text}`;
  });
  throw new MjError("usage", lines.join("\n"));
}
