import { useSignal } from "@preact/signals";
import { now } from "../clock.js";
import { countText, lasted } from "../format.js";
import { hrefTo } from "../router.js";
import { OutcomeMark } from "../ui/status.js";
import { Line } from "../ui/text.js";
import { Moment } from "../ui/time.js";
import type { Bar } from "./lanes.js";

const MOST = 50;

/** The bars that are on the screen in words, the newest first. */
export function BarTable({ bars }: { bars: () => readonly Bar[] }) {
  const isOpen = useSignal(false);
  return (
    <details class="timeline-table" onToggle={(event) => void (isOpen.value = event.currentTarget.open)}>
      <summary>What is on the screen, as a table</summary>
      {isOpen.value && <Rows bars={[...bars()].sort((a, b) => b.from - a.from)} />}
    </details>
  );
}

const Rows = ({ bars }: { bars: readonly Bar[] }) => (
  <div class="timeline-table-scroll" tabIndex={0} role="region" aria-label="Attempts on the screen">
    <table>
      <thead>
        <tr>
          {["agent", "task", "attempt", "outcome", "began", "took"].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars.slice(0, MOST).map((bar) => (
          <tr key={`${bar.agent} ${bar.key}`}>
            <td>
              <Line of={bar.agent} />
            </td>
            <td>
              <a href={hrefTo(["tasks", bar.task_id])}>
                <Line of={bar.title} />
              </a>
            </td>
            <td class="num">{bar.attempt}</td>
            <td>
              <OutcomeMark outcome={bar.outcome} />
            </td>
            <td>
              <Moment of={new Date(bar.from).toISOString()} />
            </td>
            <td class="num">{lasted(bar, now.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
    {bars.length > MOST && (
      <p class="faint">
        The newest {MOST} of {countText(bars.length)}: zoom in to see the others.
      </p>
    )}
  </div>
);
