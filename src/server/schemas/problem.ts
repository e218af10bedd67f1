import { z } from "zod";
import { type ErrorCode, EXIT_CODES } from "../../errors.js";
import { type Problem, PROBLEM_TYPE } from "../problem.js";
import { answer } from "./answer.js";

export const problem = {
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().meta({ description: "what happened, and why" }),
  code: z.enum(Object.keys(EXIT_CODES) as ErrorCode[]),
  hint: z.string().nullable().meta({ description: "the next step" }),
  retryable: z.boolean().meta({ description: "the same request may succeed later" }),
};

/** What any request may answer instead. */
export const Failure = {
  description: "RFC 9457, with the codes of the command line",
  content: { [PROBLEM_TYPE]: { schema: answer<Problem>(problem).meta({ id: "Problem" }) } },
};
