import { hrefTo } from "../router.js";
import type { ChannelMessage } from "../wire.js";
import { Line, Lines } from "../ui/text.js";
import { Moment } from "../ui/time.js";

/** The words of a message, when it has some. */
function wordsOf(body: unknown): { who: string | null; text: string | null } {
  if (typeof body !== "object" || body === null) return { who: null, text: typeof body === "string" ? body : null };
  const of = body as Record<string, unknown>;
  const textOf = (...names: string[]): string | null =>
    names.map((name) => of[name]).find((value) => typeof value === "string") ?? null;
  return { who: textOf("from", "agent_id", "created_by"), text: textOf("message", "text", "title", "summary", "item") };
}

/** @param taskId of the page that it is on, if it is one of a task: then where it was said is what is new */
export function Message({ message, taskId }: { message: ChannelMessage; taskId?: string }) {
  const { who, text } = wordsOf(message.body);
  const task = (message.body as { task_id?: unknown } | null)?.task_id;
  return (
    <li>
      <Moment of={message.time} />
      <div class="said-body">
        <p>
          {who !== null && (
            <strong>
              <Line of={who} />{" "}
            </strong>
          )}
          {text !== null && <Line of={text} />}
          {taskId !== undefined && (
            <a class="said-task" href={hrefTo(["messages", message.channel])}>
              <Line of={message.channel} />
            </a>
          )}
          {typeof task === "string" && task !== taskId && (
            <a class="said-task" href={hrefTo(["tasks", task])}>
              <code>{task}</code>
            </a>
          )}
        </p>
        <details open={text === null}>
          <summary>JSON</summary>
          <Lines of={JSON.stringify(message.body, null, 2)} />
        </details>
      </div>
    </li>
  );
}
