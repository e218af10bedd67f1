import { ageText, formatDuration } from "../domain/duration.js";

/** `$0.42`, `$0.0042`, `$1,204`: as exact as it says something. */
export function costText(usd: number | null): string {
  if (usd === null) return "";
  if (usd === 0) return "$0";
  if (usd < 0.01) return `$${usd.toFixed(4)}`;
  return usd < 100 ? `$${usd.toFixed(2)}` : `$${countText(Math.round(usd))}`;
}

// By hand: the first use of the browser's formatters (Intl) takes a tenth of a second where the processor is slow.
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** `1 task`, `2,000 tasks`. */
export const countOf = (count: number, thing: string): string =>
  `${countText(count)} ${thing}${count === 1 ? "" : "s"}`;

/** How long since a time, as short as a table column is. @param now epoch ms */
export const since = (time: string, now: number): string => ageText(Math.max(0, now - Date.parse(time)));

export const took = (ms: number | null): string => (ms === null ? "" : formatDuration(ms));

/** How long a task has run, or ran. @param now epoch ms */
export function runTime(
  task: { started_at: string | null; finished_at: string | null; duration_ms: number | null; status: string },
  now: number,
): number | null {
  if (task.status === "in_progress" && task.started_at !== null) return Math.max(0, now - Date.parse(task.started_at));
  if (task.duration_ms !== null) return task.duration_ms;
  if (task.started_at === null || task.finished_at === null) return null;
  return Math.max(0, Date.parse(task.finished_at) - Date.parse(task.started_at));
}

/** How long an attempt took, or has taken so far, in whole seconds while it counts on. Times in epoch ms. */
export const lasted = ({ from, to }: { from: number; to: number }, now: number): string =>
  took(to === Infinity ? Math.floor(Math.max(0, now - from) / 1_000) * 1_000 : to - from);

/** A word as a POSIX shell takes it. */
export const quoted = (word: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const two = (part: number): string => String(part).padStart(2, "0");
const dayText = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** The local time of day: `13:05`. */
export const hourText = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}`;
const clockText = (at: Date): string => `${hourText(at)}:${two(at.getSeconds())}`;

/** The local day and time: `2026-01-31 13:05:09`. */
export function stampText(time: string): string {
  const at = new Date(time);
  return `${dayText(at)} ${clockText(at)}`;
}

/** The local time of day; with the day when that is another. @param now epoch ms */
export function momentText(time: string, now: number): string {
  const at = new Date(time);
  return dayText(at) === dayText(new Date(now)) ? clockText(at) : stampText(time);
}
