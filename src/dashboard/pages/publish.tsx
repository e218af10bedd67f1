import { useSignal } from "@preact/signals";
import type { TaskRecord } from "../../domain/task.js";
import { get, getTask, post, type Problem, problemFrom } from "../api.js";
import { isSteerable } from "../live/store.js";
import { FormField } from "../publish/field.js";
import { type Field, fieldsOf, filled, taskSchema, type Values, valuesOf } from "../publish/fields.js";
import { go, hrefTo, place } from "../router.js";
import { cliFor } from "../task/cli.js";
import { useRead } from "../ui/async.js";
import { CopyButton } from "../ui/copy.js";
import { Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";
import { say } from "../ui/toast.js";

/** What most tasks need; the rest is one click away. */
const FIRST = ["title", "description", "type", "phase", "priority", "tags"];
/** Of a task that is published again, what is of its own life is not taken over. */
const NOT_AGAIN = ["task_id", "idempotency_key", "created_by", "blocked_by", "not_before", "parent_id"];

/** A form made from the coordinator's schema of a new task. */
export default function PublishPage() {
  const from = place.value.params.get("from");
  return <Prepared key={from} from={from} />;
}

function Prepared({ from }: { from: string | null }) {
  const schema = useRead(async (signal) => taskSchema(await get("openapi.json", signal)), []);
  const origin = useRead((signal) => (from === null ? Promise.resolve(null) : getTask(from, signal)), [from]);
  const problem = schema.problem.value ?? origin.problem.value;
  if (problem) return <Trouble problem={problem} />;
  if (!schema.value.value || (from !== null && !origin.value.value)) return <Loading what="the form" />;
  const fields = fieldsOf(schema.value.value);
  const again = origin.value.value;
  const begin = again
    ? valuesOf(
        fields.filter(({ name }) => !NOT_AGAIN.includes(name)),
        again,
      )
    : {};
  return <Form fields={fields} begin={begin} from={from} />;
}

function Form({ fields, begin, from }: { fields: readonly Field[]; begin: Values; from: string | null }) {
  const values = useSignal<Values>(begin);
  const shownProblems = useSignal<Readonly<Record<string, string>>>({});
  const refused = useSignal<Problem | null>(null);
  const sending = useSignal(false);
  // A task is published once, also when the answer to the first try was lost.
  const key = useSignal(crypto.randomUUID());
  const { task, problems } = filled(fields, values.value);

  const publish = async (): Promise<void> => {
    shownProblems.value = problems;
    if (Object.keys(problems).length > 0 || sending.value) return;
    sending.value = true;
    refused.value = null;
    try {
      const published = await post<TaskRecord>("api/tasks", task, { "idempotency-key": key.value });
      say({ tone: "good", text: `task ${published.task_id} published` });
      go(hrefTo(["tasks", published.task_id]));
    } catch (error) {
      refused.value = problemFrom(error);
      // What was refused is another task when it comes again.
      if (refused.value.status >= 400 && refused.value.status < 500) key.value = crypto.randomUUID();
    }
    sending.value = false;
  };

  const row = (field: Field) => (
    <FormField
      key={field.name}
      field={field}
      value={values.value[field.name]}
      problem={shownProblems.value[field.name]}
      onChange={(value) => void (values.value = { ...values.value, [field.name]: value })}
    />
  );
  const first = FIRST.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  const more = fields.filter(({ name }) => !FIRST.includes(name));
  const filledMore = more.some(({ name }) => begin[name] !== undefined);
  return (
    <div class="page publish-page">
      <header class="page-head">
        <h1>{from === null ? "Publish a task" : "Publish again"}</h1>
        {from !== null && (
          <span class="faint">
            a new task like <a href={hrefTo(["tasks", from])}>{from}</a>, which stays as it is
          </span>
        )}
      </header>
      <form
        class="panel form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void publish();
        }}
      >
        {first.map(row)}
        <details open={filledMore}>
          <summary>More</summary>
          <div class="form-more">{more.map(row)}</div>
        </details>
        {refused.value && <Trouble problem={refused.value} />}
        <footer>
          <CopyButton text={cliFor({ title: "", ...task })} label="Copy the command" words="Copy as CLI" />
          <span class="spacer" />
          <button type="submit" class="button primary" disabled={sending.value || !isSteerable.value}>
            {sending.value ? "Publishing …" : "Publish"}
          </button>
        </footer>
      </form>
    </div>
  );
}
