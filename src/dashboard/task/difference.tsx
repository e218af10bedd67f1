import { useSignal } from "@preact/signals";
import { manyLines } from "../../domain/visible-text.js";
import type { Changes } from "../../domain/workspace.js";
import { getDiff } from "../api.js";
import { countOf } from "../format.js";
import { useRead } from "../ui/async.js";
import { Trouble } from "../ui/empty.js";

/** A page holds no more of it; `mjagent tasks diff` has all. */
const MAX_LINES = 2_000;

/** What a task has changed: the figures at once, the lines when they are asked for. */
export function Difference({ taskId, changes }: { taskId: string; changes: Changes }) {
  const isOpen = useSignal(false);
  const { branch, files, insertions, deletions } = changes;
  return (
    <details onToggle={(event) => void (isOpen.value = event.currentTarget.open)}>
      <summary>
        Changes on <code>{branch}</code>: {countOf(files, "file")}, +{insertions} −{deletions}
      </summary>
      {isOpen.value && <Patch taskId={taskId} commit={changes.commit} />}
    </details>
  );
}

const TONES: Readonly<Record<string, string>> = { "+": "tone-good", "-": "tone-bad", "@": "faint" };

function Patch({ taskId, commit }: { taskId: string; commit: string }) {
  const read = useRead((signal) => getDiff(taskId, signal), [taskId, commit]);
  const { value } = read.value;
  if (read.problem.value) return <Trouble problem={read.problem.value} />;
  if (value === null) return <p class="faint">Reading the difference …</p>;
  const lines = value.diff.trimEnd().split("\n");
  return (
    <>
      <pre class="lines" dir="ltr" tabIndex={0}>
        {lines.slice(0, MAX_LINES).map((line, at) => (
          <span key={at} class={TONES[line[0] ?? ""]}>
            {manyLines(line)}
            {"\n"}
          </span>
        ))}
      </pre>
      {lines.length > MAX_LINES && (
        <p class="faint">
          and {countOf(lines.length - MAX_LINES, "more line")}: <code>mjagent tasks diff {taskId}</code>
        </p>
      )}
    </>
  );
}
