import { signal } from "@preact/signals";

/** Ticks once a second: ages on the page count on. Epoch ms by the coordinator's clock. */
export const now = signal(Date.now());

/** A difference below this is the way here, not another clock. */
const SAME_CLOCK_MS = 2_000;
let ahead = 0;

/** @param time the coordinator's, just now */
export function noteServerTime(time: string): void {
  const difference = Date.parse(time) - Date.now();
  ahead = Math.abs(difference) < SAME_CLOCK_MS ? 0 : difference;
}

window.setInterval(() => void (now.value = Date.now() + ahead), 1_000);
