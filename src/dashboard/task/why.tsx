import type { Status } from "../../domain/task.js";
import type { Why } from "../../domain/why.js";
import { Command } from "../ui/copy.js";
import { Line } from "../ui/text.js";

/** Why a task is where it is; of one that ended well there is nothing to explain. */
export function WhyPanel({ why, status }: { why: Why; status: Status }) {
  if (status === "completed") return null;
  return (
    <section class="panel why" aria-labelledby="why-title">
      <h2 id="why-title">Why</h2>
      {why.causes.map(({ text }) => (
        <p key={text}>
          <Line of={text} />
        </p>
      ))}
      {why.next.length > 0 && (
        <ul class="next">
          {why.next.map(({ command, text }) => (
            <li key={command}>
              <Command text={command} /> <Line of={text} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
