import type { KnownTask } from "../wire.js";
import { Difference } from "./difference.js";
import { Icon } from "../ui/icon.js";
import { Line, Lines } from "../ui/text.js";

const json = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** What came out: a result, or an error. */
export function ResultPanel({ task }: { task: KnownTask }) {
  const { error, result, status } = task;
  if (error === null && !result) return null;
  return (
    <section class="panel" aria-labelledby="result-title">
      <h2 id="result-title">{error && status !== "completed" ? "Error" : "Result"}</h2>
      {error && status !== "completed" && (
        <p class="error-line tone-bad">
          <Icon name="failed" />
          <span>
            <code>{error.reason}</code> <Line of={error.message} />
          </span>
        </p>
      )}
      {result && (
        <>
          {result.summary !== null && <Lines of={result.summary} />}
          {result.changes && <Difference taskId={task.task_id} changes={result.changes} />}
          {result.data !== null && <More title="Data" text={json(result.data)} />}
          {result.output !== null && result.output !== result.summary && (
            <More title="Whole output" text={result.output} />
          )}
          {result.dropped_lines > 0 && <p class="faint">{result.dropped_lines} lines of its log were dropped.</p>}
        </>
      )}
    </section>
  );
}

/** What went in. */
export function InputPanel({ task }: { task: KnownTask }) {
  const { description, payload, payload_excerpt } = task;
  if (!description && (payload === null || payload === undefined) && !payload_excerpt) return null;
  return (
    <section class="panel" aria-labelledby="input-title">
      <h2 id="input-title">Input</h2>
      {description && <Lines of={description} />}
      {payload !== null && payload !== undefined && <More title="Payload" text={json(payload)} open />}
      {(payload === null || payload === undefined) && payload_excerpt && (
        <More title="Payload, its beginning" text={payload_excerpt} />
      )}
    </section>
  );
}

const More = ({ title, text, open = false }: { title: string; text: string; open?: boolean }) => (
  <details open={open}>
    <summary>{title}</summary>
    <Lines of={text} />
  </details>
);
