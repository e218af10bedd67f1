import { z } from "zod";

const tokens = z.number().nonnegative().optional();

/** The result event of `claude -p --output-format json`: the part that is read of it. From Claude Code's documentation. */
const ClaudeResult = z.object({
  type: z.literal("result"),
  subtype: z.string(),
  is_error: z.boolean().default(false),
  result: z.string().optional(),
  errors: z.array(z.unknown()).optional(),
  api_error_status: z.union([z.number(), z.string()]).nullish(),
  session_id: z.string().optional(),
  total_cost_usd: z.number().optional(),
  usage: z
    .object({
      input_tokens: tokens,
      output_tokens: tokens,
      cache_creation_input_tokens: tokens,
      cache_read_input_tokens: tokens,
    })
    .optional(),
});
export type ClaudeResult = z.output<typeof ClaudeResult>;

/** A result is looked for at the start of this many lines, from the last one backwards. */
const MAX_STARTS = 200;

/**
 * The result event in what claude printed: the whole text, its last lines (warnings may come first), or the last
 * element of an array of events. Undefined when there is none.
 */
export function findClaudeResult(stdout: string): ClaudeResult | undefined {
  const text = stdout.trim();
  const lines = text.split("\n");
  const first = Math.max(0, lines.length - MAX_STARTS);
  for (let index = lines.length - 1; index >= first; index--) {
    const start = lines[index]?.trimStart() ?? "";
    if (!start.startsWith("{") && !start.startsWith("[")) continue;
    const found = resultIn(start) ?? resultIn(lines.slice(index).join("\n"));
    if (found !== undefined) return found;
  }
  return resultIn(text);
}

function resultIn(json: string): ClaudeResult | undefined {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    return undefined;
  }
  const events: unknown[] = Array.isArray(document) ? document : [document];
  return events.map((event) => ClaudeResult.safeParse(event).data).findLast((event) => event !== undefined);
}

/**
 * The JSON object an answer ends with, when the prompt asked for one (`{"summary": …, "data": …}` on the last line, in
 * a code fence or not). Undefined when it ends with anything else: then the words are all there is.
 */
export function closingObject(answer: string): object | undefined {
  const lines = answer.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("```"));
  try {
    const value: unknown = JSON.parse(lines.at(-1) ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
