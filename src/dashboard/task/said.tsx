import { getTaskMessages } from "../api.js";
import { useRereadEvery } from "../live/reread.js";
import { Message } from "../messages/message.js";
import { Say } from "../messages/say.js";
import { useRead } from "../ui/async.js";
import "../styles/said.css";

/** Nothing tells the page of a message. */
const REREAD_MS = 10_000;

/** What agents and people said about a task, the newest first, and a field to say more. */
export function Said({ taskId, updatedAt }: { taskId: string; updatedAt: string }) {
  const messages = useRead((signal) => getTaskMessages(taskId, signal), [taskId, updatedAt]);
  useRereadEvery(messages.again, REREAD_MS, taskId);
  const said = messages.value.value ?? [];
  return (
    <section class="panel" aria-labelledby="said-title">
      <h2 id="said-title">Messages</h2>
      {said.length > 0 && (
        <ol class="said about-task" tabIndex={0} aria-label="Messages about this task">
          {[...said].reverse().map((message) => (
            <Message key={message.seq} message={message} taskId={taskId} />
          ))}
        </ol>
      )}
      <Say channel="coordination" taskId={taskId} onSaid={messages.again} />
    </section>
  );
}
