import type { ChalkInstance } from "chalk";
import { type Published, previewTasks, publishTasks } from "../../operations/publish.js";
import { currentRouting } from "../../operations/snapshot.js";
import { route } from "../../domain/route.js";
import type { Routing } from "../../domain/takers.js";
import type { NewTask, TaskRecord } from "../../domain/task.js";
import type { Session } from "../../nats/session.js";
import type { CommandContext } from "../context.js";
import { type PublishInput, readPublishInput } from "../publish-input.js";
import { statusStyle, statusWords } from "../task-view.js";
import { oneLine, wrapped } from "../text.js";
import { indent } from "../status-view.js";
import { printOutcomes, waitAndTell, waitError } from "../waiting.js";
import { standingLine } from "../why-view.js";

export async function run(context: CommandContext): Promise<undefined> {
  const input = await readPublishInput(context);
  const session = await context.session();
  if (input.dryRun) await dryRun(context, session, input);
  else await publish(context, session, input);
}

async function publish(context: CommandContext, session: Session, { tasks, batch, wait }: PublishInput): Promise<void> {
  const { out } = context;
  const published = await publishTasks(session, tasks);
  if (!wait || !out.json) {
    const routing = await currentRouting(session);
    print(context, published, batch, (item, style) => publishedText(item, routing, style, context.out.width));
  }
  if (!wait) return;
  const waited = await waitAndTell(
    context,
    session,
    published.map((item) => item.task_id),
    null,
  );
  if (out.json) print(context, recordsAs(published, waited.records), batch, () => "");
  else if (!context.signal.aborted && !out.quiet) printOutcomes(context, waited.records);
  if (context.signal.aborted) return;
  const error = waitError(waited, null);
  if (error) throw error;
}

/** The records as they are after waiting; a batch of none is still a list. */
function recordsAs(published: readonly Published[], records: readonly TaskRecord[]): Published[] {
  const byId = new Map(records.map((record) => [record.task_id, record]));
  return published.map((item) => ({ ...item, record: byId.get(item.task_id) ?? item.record }));
}

/** One task, or with `--from` a list of them: `--json` the records, `-q` the ids. */
function print(
  { out }: CommandContext,
  items: readonly Published[],
  batch: boolean,
  text: (item: Published, style: ChalkInstance) => string,
): void {
  const records = items.map((item) => item.record);
  out.item<unknown>(batch ? records : records[0], {
    id: () => items.map((item) => item.task_id).join("\n"),
    text: (_, style) => items.map((item) => text(item, style)).join("\n"),
  });
}

function publishedText({ record, created }: Published, routing: Routing, style: ChalkInstance, width: number): string {
  const status = statusStyle(style, record.status)(statusWords(record.status));
  const head = `${style.bold(record.task_id)}  ${oneLine(record.title)}`;
  if (!created) return `${head}\n  exists already (${status}): nothing was published`;
  const line = `${status}. ${standingLine(record, routing)}`;
  return [head, ...wrapped(line, width - 2).map(indent)].join("\n");
}

/** Shows what would be published and where it would go. Ids that would be generated are not known yet. */
async function dryRun(context: CommandContext, session: Session, { tasks, batch }: PublishInput): Promise<void> {
  const { out } = context;
  const previews = await previewTasks(session, tasks);
  const routing = await currentRouting(session);
  const shown = previews.map((preview, index) => ({
    ...preview,
    record: {
      ...preview.record,
      task_id: isNamed(tasks[index]) ? preview.task_id : null,
      roles: route(preview.record, routing.roles),
    },
  }));
  const records = shown.map((item) => item.record);
  out.item<unknown>(batch ? records : records[0], {
    text: (_, style) =>
      previews
        .map((item, index) => {
          const text = publishedText(item, routing, style, out.width);
          return isNamed(tasks[index]) ? text : text.replaceAll(item.task_id, "(new id)");
        })
        .join("\n"),
  });
  const fresh = previews.filter((item) => item.created).length;
  if (!out.json) out.note(`dry run: ${fresh === 1 ? "this task" : `${fresh} tasks`} would be published, nothing was`);
}

/** True when the id of a task is known before it is published. */
const isNamed = (task: NewTask | undefined): boolean =>
  task?.task_id !== undefined || task?.idempotency_key !== undefined;
