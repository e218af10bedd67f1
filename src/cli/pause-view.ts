import type { RolePause } from "../domain/settings.js";
import { ageText } from "./task-view.js";
import { oneLine } from "./text.js";

/** Who holds what back, since when and why. One line, escaped. */
export function pauseText({ role, by, reason, at }: RolePause, now: number): string {
  const why = reason === null ? "" : ` (${oneLine(reason)})`;
  const ms = now - Date.parse(at);
  const since = ms < 1_000 ? "" : `, ${ageText(ms)} ago`;
  return `${role === null ? "everything" : oneLine(role)} is paused by ${oneLine(by)}${since}${why}`;
}
