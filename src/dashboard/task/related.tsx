import { getTask } from "../api.js";
import { hrefTo } from "../router.js";
import type { KnownTask } from "../wire.js";
import { useRead } from "../ui/async.js";
import { StatusMark } from "../ui/status.js";
import { Line } from "../ui/text.js";

/** More would be a page of their own. */
const SHOWN = 12;

/** What a task waits for, came from, and led to. */
export function Related({ task }: { task: KnownTask }) {
  const { blocked_by, parent_id, handoff = [] } = task;
  const children = handoff.flatMap(({ task_id }) => task_id ?? []);
  if (blocked_by.length === 0 && parent_id === null && children.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="related-title">
      <h2 id="related-title">Related tasks</h2>
      <Group name="Waits for" ids={blocked_by} at={task.updated_at} />
      <Group name="Came from" ids={parent_id === null ? [] : [parent_id]} at={task.updated_at} />
      <Group name="Led to" ids={children} at={task.updated_at} />
    </section>
  );
}

function Group({ name, ids, at }: { name: string; ids: readonly string[]; at: string }) {
  if (ids.length === 0) return null;
  return (
    <>
      <h3>{name}</h3>
      <ul class="related">
        {ids.slice(0, SHOWN).map((id) => (
          <One key={id} id={id} at={at} />
        ))}
        {ids.length > SHOWN && <li class="faint">and {ids.length - SHOWN} more</li>}
      </ul>
    </>
  );
}

function One({ id, at }: { id: string; at: string }) {
  const task = useRead((signal) => getTask(id, signal), [id, at]);
  const { value } = task.value;
  return (
    <li>
      <a href={hrefTo(["tasks", id])}>{value ? <Line of={value.title} /> : <code>{id}</code>}</a>
      {value ? (
        <StatusMark status={value.status} />
      ) : (
        task.problem.value && <span class="faint">{task.problem.value.message}</span>
      )}
    </li>
  );
}
