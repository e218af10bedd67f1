import { useEffect, useRef } from "preact/hooks";
import { countOf } from "../format.js";
import { whenIdle } from "../idle.js";
import { withStyles } from "../with-styles.js";
import type { ThroughputMinute } from "../wire.js";
import type { Chart } from "./chart.js";

/** What completed and failed by the minute: a picture, and its figures in words. */
export function Throughput({ minutes }: { minutes: ThroughputMinute[] }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const newest = useRef(minutes);
  newest.current = minutes;
  useEffect(() => {
    let gone = false;
    // The picture may come later than the page.
    const draw = async (): Promise<void> => {
      await whenIdle();
      const { Chart } = await withStyles(() => import("./chart.js"));
      // Reading its code was one task, drawing it is another.
      await whenIdle();
      if (!gone && place.current) chart.current = new Chart(place.current, newest.current);
    };
    // Its figures are there in words.
    draw().catch(() => undefined);
    return () => {
      gone = true;
      chart.current?.end();
    };
  }, []);
  useEffect(() => chart.current?.show(minutes), [minutes]);
  const completed = minutes.reduce((sum, minute) => sum + minute.completed, 0);
  const failed = minutes.reduce((sum, minute) => sum + minute.failed, 0);
  return (
    <figure class="throughput">
      <figcaption>
        <span class="swatch good">{countOf(completed, "task")} completed</span>
        <span class="swatch bad">{countOf(failed, "task")} failed</span>
      </figcaption>
      <div
        ref={place}
        class="chart"
        role="img"
        aria-label={`By the minute: ${completed} completed, ${failed} failed in an hour`}
      />
    </figure>
  );
}
