import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { z } from "zod";
import { kib, MAX_VALUE_BYTES } from "../domain/large-values.js";
import { ParsedJson, type Json } from "../domain/json-value.js";
import { NewTask } from "../domain/task.js";
import { nothingUsed, plus, type Usage } from "../domain/usage.js";
import { errnoOf, messageOf } from "../errors.js";
import type { ExecutionContext } from "./executor.js";

const count = z.number().nonnegative().nullish();

/** What a command writes to the file `MJAGENT_OUTPUT`, and what a handler returns. Unknown keys are ignored. */
const Produced = z.object({
  summary: z.string().nullish(),
  data: ParsedJson.optional(),
  artifacts: z.array(z.string().min(1)).nullish(),
  handoff: z.array(NewTask).nullish(),
  usage: z.object({ input_tokens: count, output_tokens: count, cost_usd: count }).nullish(),
});

export interface Produced {
  summary: string | null;
  data: Json;
  artifacts: string[];
  handoff: NewTask[];
  usage: Usage;
}

export const nothingProduced = (): Produced => ({
  ...{ summary: null, data: null, artifacts: [], handoff: [] },
  usage: nothingUsed(),
});

/** Tells what a command or a function says that it has used, if it says anything. */
export function tellUsage(context: ExecutionContext, usage: Usage, adapter: "command" | "function"): void {
  if (Object.values(usage).some((count) => count !== null)) context.onUsage?.({ ...usage, adapter, model: null });
}

/** The result, or what about it is not in the agreed form. */
export type ReadResult = { produced: Produced } | { invalid: string };

/** Reads the result file of a command; one that was never written is an empty result. */
export async function readOutputFile(path: string): Promise<ReadResult> {
  let bytes: Buffer;
  try {
    // Non-blocking: whoever opens a pipe for reading waits for its writer, which has ended.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const info = await file.stat();
    if (!info.isFile()) return { invalid: "MJAGENT_OUTPUT is not a file" };
    if (info.size > MAX_VALUE_BYTES) return { invalid: tooLarge("MJAGENT_OUTPUT", info.size) };
    bytes = await file.readFile();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return { produced: nothingProduced() };
    return { invalid: `MJAGENT_OUTPUT cannot be read: ${messageOf(error)}` };
  }
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    return { invalid: `MJAGENT_OUTPUT is not JSON: ${bytes.length === 0 ? "it is empty" : messageOf(error)}` };
  }
  return readProduced(document, "MJAGENT_OUTPUT");
}

/** Reads a result that is a document already, out of JSON. `source` begins the message when it is not in the agreed form. */
export function readProduced(document: unknown, source: string): ReadResult {
  const parsed = Produced.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`,
    );
    return { invalid: `${source} is not in the agreed form: ${problems.slice(0, 5).join("; ")}` };
  }
  const { summary, data, artifacts, handoff, usage } = parsed.data;
  return {
    produced: {
      ...{ summary: summary ?? null, data: data ?? null, artifacts: artifacts ?? [], handoff: handoff ?? [] },
      usage: plus(nothingUsed(), usage ?? {}),
    },
  };
}

export const tooLarge = (source: string, bytes: number): string =>
  `${source} is too large: ${kib(bytes)}, the limit is ${kib(MAX_VALUE_BYTES)}; write the rest to a file and name it in artifacts`;
