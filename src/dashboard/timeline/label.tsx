import { countText } from "../format.js";
import { hrefTo } from "../router.js";
import { Line } from "../ui/text.js";
import { LANE_PX } from "./boxes.js";
import type { Lane } from "./lanes.js";

/** Whose lane it is, and how much runs there. @param top px */
export const Label = ({ lane, top, isLast }: { lane: Lane; top: number; isLast: boolean }) => {
  const { agent, role, running } = lane;
  return (
    <div
      class={`timeline-label${isLast ? " last" : ""}`}
      style={{ transform: `translateY(${top}px)`, height: `${LANE_PX}px` }}
    >
      <a href={hrefTo(["tasks"], { q: `agent:"${agent}"` })} title={agent}>
        <Line of={agent} />
      </a>
      <span class="faint">{role !== null && <Line of={role} />}</span>
      {running > 0 && (
        <span class="timeline-running tone-accent num">
          {countText(running)}
          <span class="unseen"> running</span>
        </span>
      )}
    </div>
  );
};
