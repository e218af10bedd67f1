import { sizeText } from "../../domain/artifact.js";
import type { Status } from "../../domain/task.js";
import { artifactAddress, getArtifacts } from "../api.js";
import { useRead } from "../ui/async.js";
import { Icon } from "../ui/icon.js";
import { Line } from "../ui/text.js";

/** The files that were handed in; the browser keeps them, it does not show them: whoever made them may be hostile. */
export function Artifacts({ taskId, status }: { taskId: string; status: Status }) {
  const files = useRead((signal) => getArtifacts(taskId, signal), [taskId, status]).value.value ?? [];
  if (files.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="artifacts-title">
      <h2 id="artifacts-title">Artifacts</h2>
      <ul class="related">
        {files.map(({ name, size, attempt }) => (
          <li key={`${name} ${attempt}`}>
            <a href={artifactAddress(taskId, name)} download>
              <Icon name="download" /> <Line of={name} />
            </a>
            <span class="faint num">{sizeText(size)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
