import { now } from "../clock.js";
import { lasted, momentText } from "../format.js";
import { OutcomeMark } from "../ui/status.js";
import { Line } from "../ui/text.js";
import { statusWords } from "../words.js";
import type { Box } from "./boxes.js";
import type { Bar } from "./lanes.js";

const WIDTH_PX = 280;
const HEIGHT_PX = 84;

/** What a bar is, beside it. @param box from the left top of the window of the bars, whose measures follow */
export function Tip({ bar, box, width, height }: { bar: Bar; box: Box; width: number; height: number }) {
  const left = Math.max(0, Math.min(Math.max(0, box.x), width - WIDTH_PX));
  const below = box.y + box.height + 6;
  const top = below + HEIGHT_PX > height && box.y > HEIGHT_PX ? box.y - HEIGHT_PX - 6 : below;
  return (
    <div class="timeline-tip" style={{ left: `${left}px`, top: `${top}px`, width: `${Math.min(WIDTH_PX, width)}px` }}>
      <p class="timeline-tip-title">
        <Line of={bar.title} />
      </p>
      <p>
        <OutcomeMark outcome={bar.outcome} /> <span class="num">{lasted(bar, now.value)}</span>
      </p>
      <p class="faint">
        <Line of={bar.agent} /> · attempt {bar.attempt} · {momentText(new Date(bar.from).toISOString(), now.value)}
      </p>
    </div>
  );
}

/** The same in words. */
export const barText = (bar: Bar, at: number): string =>
  `${bar.title}, ${bar.agent}, attempt ${bar.attempt}, ${bar.outcome === null ? "running" : statusWords(bar.outcome)}, ${lasted(bar, at)}`;
