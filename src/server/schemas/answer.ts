import { z } from "zod";

/** The schema of a response that the domain types: each field it describes is one of that type, and others may be there. */
export const answer = <T extends object>(fields: { [K in keyof T]?: z.ZodType<T[K]> }): z.ZodType<T> =>
  z.looseObject(fields) as unknown as z.ZodType<T>;

/** Any JSON, as other programs wrote it. */
export const anything = z.any();

export const time = z.string().meta({ description: "ISO-8601 UTC", examples: ["2030-01-31T09:00:00.000Z"] });
export const optionalTime = time.nullable();
const text = z.string();
export const optionalText = text.nullable();
export const number = z.number();
export const optionalNumber = number.nullable();
export const texts = z.array(text);
export const outcome = z.enum(["completed", "failed", "lost", "handed_back", "cancelled"]).nullable();
