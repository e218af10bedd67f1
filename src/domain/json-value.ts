import { z } from "zod";

export type Json = z.infer<ReturnType<typeof z.json>>;

/** Nested deeper, a value could not be checked, matched or written without the stack running out. */
const MAX_NESTING = 200;

export const isNestedWithin = (value: unknown, levels = MAX_NESTING): boolean =>
  typeof value !== "object" ||
  value === null ||
  (levels > 0 && Object.values(value).every((inner) => isNestedWithin(inner, levels - 1)));

/** `JSON.parse` makes an infinity of 1e999, for which JSON has no word. */
const areNumbersFinite = (value: unknown): boolean =>
  typeof value === "object" && value !== null
    ? Object.values(value).every(areNumbersFinite)
    : typeof value !== "number" || Number.isFinite(value);

/** A value that came out of `JSON.parse`: what else a schema would check is so, and costs much for a large one. */
export const ParsedJson = z
  .custom<Json>((value) => isNestedWithin(value, MAX_NESTING), {
    error: `nested deeper than ${MAX_NESTING} levels`,
    abort: true,
  })
  .refine(areNumbersFinite, { error: "a number in it is too large" });
