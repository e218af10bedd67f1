import { useEffect, useRef } from "preact/hooks";
import { useColours } from "../ui/colours.js";
import { statusWords } from "../words.js";
import { drawSample } from "./draw.js";
import type { Outcome } from "./lanes.js";

const OUTCOMES: readonly Outcome[] = [null, "completed", "failed", "lost", "handed_back", "cancelled"];
const [WIDTH, HEIGHT] = [26, 12];

/** What the bars mean: drawn as they are. */
export const Legend = () => (
  <ul class="timeline-legend" aria-label="What the bars mean">
    {OUTCOMES.map((outcome) => (
      <li key={outcome}>
        <Sample outcome={outcome} />
        {outcome === null ? "running" : statusWords(outcome)}
      </li>
    ))}
  </ul>
);

function Sample({ outcome }: { outcome: Outcome }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = useColours();
  useEffect(() => {
    if (canvas.current) drawSample(canvas.current, outcome, WIDTH, HEIGHT);
  }, [colours]);
  return <canvas ref={canvas} style={{ width: `${WIDTH}px`, height: `${HEIGHT}px` }} aria-hidden="true" />;
}
