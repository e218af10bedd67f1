import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { z } from "zod";
import { type Json, ParsedJson } from "../domain/json-value.js";
import { NewTask, NewTaskFields, StrictNewTask } from "../domain/task.js";
import { errnoOf, messageOf, MjError } from "../errors.js";
import { readList } from "../yaml.js";
import type { CommandContext } from "./context.js";
import { readOptions } from "./options.js";
import { person } from "./person.js";

/** The options that make up one task. */
const TaskOptions = {
  title: NewTaskFields.title.optional(),
  type: NewTaskFields.type,
  phase: NewTaskFields.phase,
  description: NewTaskFields.description,
  priority: NewTaskFields.priority,
  tag: NewTaskFields.tags,
  fileGlob: NewTaskFields.files,
  blockedBy: NewTaskFields.blocked_by,
  onBlockerFailure: NewTaskFields.on_blocker_failure,
  notBefore: NewTaskFields.not_before,
  timeout: NewTaskFields.timeout,
  maxAttempts: z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 1_000, {
      error: "expected a whole number from 1 to 1000",
    })
    .transform(Number)
    .optional(),
  id: NewTaskFields.task_id,
  payload: z.string().optional(),
  idempotencyKey: NewTaskFields.idempotency_key,
  requireApproval: NewTaskFields.require_approval,
};

const PublishOptions = z.object({
  ...TaskOptions,
  from: z.string().min(1).optional(),
  dryRun: z.boolean().default(false),
  wait: z.boolean().default(false),
});
type PublishOptions = z.output<typeof PublishOptions>;

/** What is to be published, and how. */
export interface PublishInput {
  tasks: NewTask[];
  /** True when they come from a file: the answer is a list then, even of one. */
  batch: boolean;
  dryRun: boolean;
  wait: boolean;
}

/** @throws MjError usage with everything that is wrong with the options, the payload or the file; not_found for a file */
export async function readPublishInput(context: Pick<CommandContext, "options" | "out">): Promise<PublishInput> {
  const options = readOptions(context, PublishOptions);
  const { from, dryRun, wait, title } = options;
  if (dryRun && wait) {
    throw new MjError("usage", "--wait does not go with --dry-run", { why: "a dry run publishes nothing to wait for" });
  }
  if (from !== undefined) {
    refuseTaskOptions(options);
    return { tasks: await readBatch(from, context), batch: true, dryRun, wait };
  }
  if (title === undefined) {
    throw new MjError("usage", "publish needs --title, or --from with a file of tasks", {
      hint: 'mjagent publish --title "Design the about page" --type design',
    });
  }
  if (options.onBlockerFailure !== undefined && options.blockedBy === undefined) {
    throw new MjError("usage", "--on-blocker-failure needs --blocked-by", {
      why: "it says what becomes of the task when one of those it waits for fails",
      hint: "name them with --blocked-by ID…, or leave it out",
    });
  }
  return { tasks: [await readTask({ ...options, title }, context)], batch: false, dryRun, wait };
}

function refuseTaskOptions(options: PublishOptions): void {
  const given = Object.entries(options).filter(([key, value]) => key in TaskOptions && value !== undefined);
  if (given.length === 0) return;
  const flags = given.map(([key]) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  throw new MjError("usage", `${flags.join(", ")} ${flags.length === 1 ? "does" : "do"} not go with --from`, {
    why: "the file says what its tasks are",
    hint: "set it in the file",
  });
}

async function readBatch(from: string, { out }: Pick<CommandContext, "out">): Promise<NewTask[]> {
  const text = from === "-" ? await readStdin("tasks", out) : await readInput(from, "--from");
  const tasks = readList(text, from === "-" ? "stdin" : from, StrictNewTask);
  if (tasks.length === 0) throw new MjError("usage", `${from === "-" ? "stdin" : from} holds no tasks`);
  return tasks.map((task) => ({ ...task, created_by: task.created_by ?? person() }));
}

async function readTask(
  options: PublishOptions & { title: string },
  { out }: Pick<CommandContext, "out">,
): Promise<NewTask> {
  const { description, payload } = options;
  if (description === "-" && payload === "-") {
    throw new MjError("usage", "--description - and --payload - both read stdin", {
      hint: "give one of them as text, or the payload as @file",
    });
  }
  return {
    task_id: options.id,
    title: options.title,
    description: description === "-" ? (await readStdin("the description", out)).replace(/\r?\n$/, "") : description,
    type: options.type,
    phase: options.phase,
    tags: options.tag,
    files: options.fileGlob,
    priority: options.priority,
    blocked_by: options.blockedBy,
    on_blocker_failure: options.onBlockerFailure,
    not_before: options.notBefore,
    timeout: options.timeout,
    max_attempts: options.maxAttempts,
    ...(payload !== undefined && { payload: await readPayload(payload, out) }),
    parent_id: undefined,
    idempotency_key: options.idempotencyKey,
    require_approval: options.requireApproval,
    created_by: person(),
  };
}

async function readPayload(payload: string, out: CommandContext["out"]): Promise<Json> {
  if (payload === "-") return parseJson(await readStdin("the payload", out), "stdin");
  if (!payload.startsWith("@")) return parseJson(payload, "--payload");
  const file = payload.slice(1);
  return parseJson(await readInput(file, "--payload"), file);
}

function parseJson(text: string, where: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const at = jsonErrorOffset(text);
    const position = at === undefined ? "" : `:${lineAndColumn(text, at)}`;
    throw new MjError("usage", `${where}${position}: the payload is not JSON`, {
      why: text.trim() === "" ? "it is empty" : at === undefined ? "it ends too early" : messageOf(cause),
      hint: `quote it for the shell, such as --payload '{"page":"about"}', or use --payload @file.json`,
      cause,
    });
  }
  const checked = ParsedJson.safeParse(value);
  if (checked.success) return checked.data;
  const why = checked.error.issues[0]?.message;
  throw new MjError("usage", `${where}: the payload cannot be kept`, {
    why,
    hint: "put it into a file and give its path instead",
  });
}

/**
 * Where a text stops being the beginning of some JSON; undefined when it only ends too early. Node 20's parser tells
 * the place of some errors only, but always whether it stumbled over the end.
 */
function jsonErrorOffset(text: string): number | undefined {
  const canGoOn = (length: number): boolean => {
    try {
      JSON.parse(text.slice(0, length));
      return true;
    } catch (error) {
      const message = messageOf(error);
      const at = /at position (\d+)/.exec(message)?.[1];
      return /unexpected end|unterminated string/i.test(message) || Number(at) === length;
    }
  };
  if (canGoOn(text.length)) return undefined;
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (canGoOn(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

async function readStdin(what: string, out: CommandContext["out"]): Promise<string> {
  if (process.stdin.isTTY) out.note(`reading ${what} from the terminal: Ctrl-D ends it`);
  return await readAll(process.stdin);
}

async function readInput(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = errnoOf(cause);
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : code;
    throw new MjError("not_found", `${flag}: cannot read ${file}`, { why, cause });
  }
}
