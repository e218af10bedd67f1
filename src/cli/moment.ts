import { z } from "zod";
import { parseDuration } from "../domain/duration.js";
import { isIsoTime } from "../domain/task.js";

const EXAMPLES = "10m (ago), 14:05 (today) or 2026-01-31T14:05:00Z";

/**
 * A moment of the past as people write it: a duration ago, a time of today, or an ISO date or time; without a zone,
 * it is local.
 */
export const PastMoment = z.string().transform((text, context): Date => {
  const now = Date.now();
  const time = momentOf(text.trim(), now);
  if (time === undefined) context.addIssue({ code: "custom", message: `expected a time such as ${EXAMPLES}` });
  else if (time > now) {
    context.addIssue({ code: "custom", message: `${text} is still to come: expected a time such as ${EXAMPLES}` });
  } else return new Date(time);
  return z.NEVER;
});

function momentOf(text: string, now: number): number | undefined {
  const ago = parseDuration(text);
  if (ago !== undefined) return Math.max(0, now - ago);
  const ofToday = /^\d{1,2}:\d{2}(:\d{2})?$/.test(text);
  const iso = ofToday ? `${localDay(now)}T${text.replace(/^\d:/, "0$&")}` : withTime(text);
  return isIsoTime(iso) ? Date.parse(iso) : undefined;
}

/** A day alone would be read as UTC, other than one with a time. */
const withTime = (text: string): string =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text.replace(/^(\S+) (?=\d)/, "$1T");

/** The day of a moment, `2026-01-31`, in local time as all of these. */
const localDay = (time: number): string => new Date(time).toLocaleDateString("sv-SE");

/** The time of day, `14:05:09`. */
const localTime = (time: number): string => new Date(time).toLocaleTimeString("sv-SE");

/** As short as it can be: without the day when that is today, without the year when it is this one. */
export function shortTime(iso: string, now: number): string {
  const time = Date.parse(iso);
  const day = localDay(time);
  const today = localDay(now);
  if (day === today) return localTime(time);
  return `${day.slice(0, 4) === today.slice(0, 4) ? day.slice(5) : day} ${localTime(time)}`;
}
