const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration such as `500ms`, `30s`, `10m`, `1.5h`, `7d`; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (!match) return undefined;
  return Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]);
}

/** A duration for people: `850ms`, `4.2s`, `3m 20s`, `2h 5m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`;
  if (ms < UNITS.m) return `${Math.round(ms / 1_000)}s`;
  const pair = (big: number, bigName: string, small: number, smallName: string) => {
    const rest = Math.floor((ms % big) / small);
    return `${Math.floor(ms / big)}${bigName}${rest > 0 ? ` ${rest}${smallName}` : ""}`;
  };
  if (ms < UNITS.h) return pair(UNITS.m, "m", UNITS.s, "s");
  if (ms < UNITS.d) return pair(UNITS.h, "h", UNITS.m, "m");
  return pair(UNITS.d, "d", UNITS.h, "h");
}

/** How long ago or how long until, for people: `now`, `42s`, `3m 20s`. */
export function ageText(ms: number): string {
  if (ms < 1_000) return "now";
  return ms < UNITS.m ? `${Math.floor(ms / 1_000)}s` : formatDuration(ms);
}

/** The same of what is past. */
export const agoText = (ms: number): string => (ms < 1_000 ? "now" : `${ageText(ms)} ago`);

/** An ISO time without its milliseconds. */
export const timeText = (time: string): string => time.replace(/\.\d+Z$/, "Z");
