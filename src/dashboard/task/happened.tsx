import { getHistory } from "../api.js";
import { FeedLine } from "../overview/feed.js";
import { useRead } from "../ui/async.js";

/** What was said of a task on the channels, the newest first. */
export function Happened({ taskId, updatedAt }: { taskId: string; updatedAt: string }) {
  const entries = useRead((signal) => getHistory(taskId, signal), [taskId, updatedAt]).value.value ?? [];
  if (entries.length === 0) return null;
  return (
    <section class="panel feed" aria-labelledby="happened-title">
      <h2 id="happened-title">What happened</h2>
      <ol>
        {[...entries].reverse().map((entry) => (
          <FeedLine key={`${entry.time} ${entry.kind}`} entry={entry} linked={false} />
        ))}
      </ol>
    </section>
  );
}
