import { countText } from "../format.js";
import type { Progress } from "./markdown.js";

/** `3 of 6`, and how far that is. */
export const ProgressBar = ({ done, total }: Progress) => (
  <span class="progress">
    <span class="progress-bar" aria-hidden="true">
      <span class="progress-done" style={{ width: `${(done / Math.max(1, total)) * 100}%` }} />
    </span>
    <span class="num">
      {countText(done)} of {countText(total)}
    </span>
  </span>
);
