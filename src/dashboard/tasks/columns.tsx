import type { JSX } from "preact";
import { now } from "../clock.js";
import { costText, runTime, took } from "../format.js";
import { hrefTo } from "../router.js";
import type { TaskRow } from "../wire.js";
import { StatusMark } from "../ui/status.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";

export interface Column {
  name: string;
  /** What the server sorts by. */
  sort: string | null;
  cell: (task: TaskRow) => JSX.Element | string;
}

const maybe = (text: string | null): JSX.Element | string => (text === null ? "" : <Line of={text} />);

/** What a list says of each task; the styles of `.cell-<name>` give the widths. */
export const COLUMNS: readonly Column[] = [
  { name: "status", sort: "status", cell: ({ status }) => <StatusMark status={status} /> },
  { name: "id", sort: null, cell: ({ task_id }) => <code title={task_id}>{task_id}</code> },
  { name: "title", sort: "title", cell: (task) => <Title task={task} /> },
  { name: "type", sort: "type", cell: ({ type }) => maybe(type) },
  { name: "agent", sort: "agent", cell: ({ agent }) => maybe(agent) },
  {
    name: "priority",
    sort: "priority",
    cell: ({ priority }) => <span class={`priority-${priority}`}>{priority}</span>,
  },
  {
    name: "attempts",
    sort: "attempts",
    cell: ({ attempts, max_attempts }) => (attempts === 0 ? "" : `${attempts}/${max_attempts}`),
  },
  { name: "age", sort: "created", cell: ({ created_at }) => <Age of={created_at} /> },
  { name: "duration", sort: "duration", cell: (task) => <Duration task={task} /> },
  { name: "cost", sort: "cost", cell: ({ cost_usd }) => costText(cost_usd) },
];

function Title({ task }: { task: TaskRow }) {
  const { task_id, title, error, status } = task;
  return (
    <a class="row-link" href={hrefTo(["tasks", task_id])}>
      <Line of={title} />
      {error && status !== "completed" && (
        <span class={status === "cancelled" ? "faint" : "row-error"}>
          {" "}
          <Line of={error.message} />
        </span>
      )}
    </a>
  );
}

function Duration({ task }: { task: TaskRow }) {
  const ticks = task.status === "in_progress";
  const ms = runTime(task, ticks ? now.value : 0);
  // Whole seconds while it counts: tenths would only flicker.
  return <>{took(ms !== null && ticks ? Math.floor(ms / 1_000) * 1_000 : ms)}</>;
}
