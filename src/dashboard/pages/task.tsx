import type { Status } from "../../domain/task.js";
import { getTask, getWhy } from "../api.js";
import type { KnownTask } from "../wire.js";
import { useKeys } from "../keys.js";
import type { TaskChange } from "../live/reduce.js";
import { useReread } from "../live/reread.js";
import { isSteerable } from "../live/store.js";
import { Log } from "../log/log.js";
import { hrefTo, place } from "../router.js";
import { ask } from "../steer/asking.js";
import { VerbButtons } from "../steer/verb-buttons.js";
import { Artifacts } from "../task/artifacts.js";
import { Attempts } from "../task/attempts.js";
import { cliFor } from "../task/cli.js";
import { Facts } from "../task/facts.js";
import { Happened } from "../task/happened.js";
import { InputPanel, ResultPanel } from "../task/values.js";
import { GraphPanel } from "../task/graph.js";
import { Related, useTaskGraph } from "../task/related.js";
import { Said } from "../task/said.js";
import { WhyPanel } from "../task/why.js";
import { APPLIES, VERB_NAMES } from "../words.js";
import { useRead } from "../ui/async.js";
import { CopyButton } from "../ui/copy.js";
import { Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";
import { StatusMark } from "../ui/status.js";
import { Line } from "../ui/text.js";

/** Everything about one task, and what can be done to it. */
export default function TaskPage() {
  const [, id = ""] = place.value.path;
  return <Task key={id} id={id} />;
}

function Task({ id }: { id: string }) {
  const task = useRead((signal) => getTask(id, signal), [id]);
  const why = useRead((signal) => getWhy(id, signal), [id]);
  const again = (): void => {
    task.again();
    why.again();
  };
  useReread(again, REREAD_MS, (change) => idOf(change) === id);
  const graph = useTaskGraph(id);
  const { value } = task.value;
  if (value === null) {
    return task.problem.value ? <Trouble problem={task.problem.value} /> : <Loading what={`task ${id}`} />;
  }
  return (
    <div class="page task">
      <Head task={value} onDone={task.again} />
      {task.problem.value && <Trouble problem={task.problem.value} />}
      <div class="task-parts">
        <div class="task-main">
          {why.value.value && <WhyPanel why={why.value.value} status={value.status} />}
          <ResultPanel task={value} />
          <Log taskId={id} status={value.status} />
          <InputPanel task={value} />
          {graph && <GraphPanel graph={graph} />}
        </div>
        <aside class="task-side" aria-label="About this task">
          <Facts task={value} />
          <Attempts task={value} />
          <Related task={value} graph={graph} />
          <Artifacts taskId={id} status={value.status} />
          <Said taskId={id} updatedAt={value.updated_at} />
          <Happened taskId={id} updatedAt={value.updated_at} />
        </aside>
      </div>
    </div>
  );
}

const REREAD_MS = 250;

const idOf = (change: TaskChange): string => (change.type === "task" ? change.task.task_id : change.task_id);

function Head({ task, onDone }: { task: KnownTask; onDone: () => void }) {
  const { task_id, title, status } = task;
  const fits = VERB_NAMES.filter((verb) => APPLIES[verb].includes(status));
  const at = (verb: (typeof VERB_NAMES)[number]) => (): void => {
    if (fits.includes(verb) && isSteerable.value) ask(verb, { ids: [task_id] }, onDone);
  };
  useKeys({ r: at("retry"), c: at("cancel"), a: at("approve") });
  return (
    <header class="task-head">
      <p class="task-crumb">
        <a href={hrefTo(["tasks"])}>Tasks</a> <span aria-hidden="true">/</span> <code>{task_id}</code>
        <CopyButton text={task_id} label="Copy the id" />
      </p>
      <h1>
        <Line of={title} />
      </h1>
      <div class="task-acts">
        <StatusMark status={status} />
        <span class="spacer" />
        <VerbButtons id={task_id} verbs={fits} onDone={onDone} />
        {isEditable(status) && (
          <a class="button" href={hrefTo(["publish"], { from: task_id })}>
            {status === "completed" ? "Publish again" : "Edit and retry"}
          </a>
        )}
        <CopyButton text={cliFor(task)} label="Copy the command that publishes this" words="Copy as CLI" />
      </div>
    </header>
  );
}

const isEditable = (status: Status): boolean => status === "failed" || status === "cancelled" || status === "completed";
