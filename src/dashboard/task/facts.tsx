import type { ComponentChildren } from "preact";
import { now } from "../clock.js";
import { costText, countText, runTime, took } from "../format.js";
import { hrefTo } from "../router.js";
import type { KnownTask } from "../wire.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";

/** What a task is and how it went, in pairs. */
export function Facts({ task }: { task: KnownTask }) {
  const { result, steered, timeout_ms } = task;
  const usage = result?.usage;
  const run = runTime(
    { ...task, duration_ms: result?.duration_ms ?? null },
    task.status === "in_progress" ? now.value : 0,
  );
  return (
    <section class="panel" aria-labelledby="facts-title">
      <h2 id="facts-title">Facts</h2>
      <dl class="facts">
        <Fact name="Agent">{task.owner && <Line of={task.owner} />}</Fact>
        <Fact name="Role">{task.role && <Line of={task.role} />}</Fact>
        <Fact name="Type">
          {task.type && (
            <a href={hrefTo(["tasks"], { q: `type:"${task.type}"` })}>
              <Line of={task.type} />
            </a>
          )}
        </Fact>
        <Fact name="Phase">{task.phase && <Line of={task.phase} />}</Fact>
        <Fact name="Priority">{task.priority}</Fact>
        <Fact name="Tags">{task.tags.length > 0 && <Line of={task.tags.join(", ")} />}</Fact>
        <Fact name="Files">{task.files?.length ? <Line of={task.files.join(", ")} /> : null}</Fact>
        <Fact name="Attempts">{`${task.attempts} of ${task.max_attempts}`}</Fact>
        <Fact name="Timeout">{timeout_ms ? took(timeout_ms) : null}</Fact>
        <Fact name="Created">
          <Age of={task.created_at} suffix=" ago" />
          {task.created_by && (
            <>
              {" "}
              by <Line of={task.created_by} />
            </>
          )}
        </Fact>
        <Fact name="Due">
          {task.not_before && task.status === "scheduled" && (
            <time dateTime={task.not_before}>{new Date(task.not_before).toLocaleString("sv-SE")}</time>
          )}
        </Fact>
        <Fact name="Started">{task.started_at && <Age of={task.started_at} suffix=" ago" />}</Fact>
        <Fact name="Finished">{task.finished_at && <Age of={task.finished_at} suffix=" ago" />}</Fact>
        <Fact name="Took">{run !== null && took(run)}</Fact>
        <Fact name="Cost">{costText(usage?.cost_usd ?? null)}</Fact>
        <Fact name="Tokens">
          {usage?.input_tokens != null &&
            `${countText(usage.input_tokens)} in, ${countText(usage.output_tokens ?? 0)} out`}
        </Fact>
        <Fact name={steered ? capital(steered.action) : ""}>
          {steered && (
            <>
              <Age of={steered.at} suffix=" ago" /> by <Line of={steered.by} />
              {steered.reason && (
                <>
                  : <Line of={steered.reason} />
                </>
              )}
            </>
          )}
        </Fact>
      </dl>
    </section>
  );
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Nothing of what is not known. */
function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  if (children === null || children === undefined || children === "" || children === false) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
