import type { ComponentChildren } from "preact";
import type { Problem } from "../api.js";
import { Command } from "./copy.js";
import { Icon } from "./icon.js";
import { Line } from "./text.js";

/** Nothing to show, and what to type so that there is. */
export function Empty({ title, command, children }: { title: string; command?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
      {command && <Command text={command} />}
    </div>
  );
}

/** Something that could not be read or done: what, and the next step. */
export function Trouble({ problem }: { problem: Pick<Problem, "message" | "hint"> }) {
  return (
    <div class="trouble" role="alert">
      <Icon name="lost" />
      <div>
        <p>
          <strong>
            <Line of={problem.message} />
          </strong>
        </p>
        {problem.hint && (
          <p class="hint">
            <Line of={problem.hint} />
          </p>
        )}
      </div>
    </div>
  );
}
