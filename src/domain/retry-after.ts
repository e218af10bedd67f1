const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** One number with its unit, as in "2 hours 3 minutes" or "1h5m" or "32.5s". */
const PART = /(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])/gi;
const IN =
  /(?:again|retry|reset\w*|wait|available)[^.\n]{0,40}?\b(?:in|after|for)\s+((?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*(?:and\s+)?)+)/i;
/** Claude Code ends such a message with the moment, in s since 1970. */
const EPOCH = /limit reached\|(\d{10})\b/i;
const ISO = /(?:again|retry|reset\w*)[^\n]{0,40}?(\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))/i;

/** Longer than any limit of a provider lasts: a moment that far away was read wrongly. */
const LONGEST_MS = 8 * 86_400_000;

/**
 * When a provider that refused says it may be asked again, in ms from now; undefined when it does not say.
 * @param now epoch ms
 */
export function retryAfter(text: string, now: number): number | undefined {
  const epoch = EPOCH.exec(text)?.[1];
  const iso = ISO.exec(text)?.[1];
  const wait = IN.exec(text)?.[1];
  const ms =
    epoch !== undefined
      ? Number(epoch) * 1_000 - now
      : iso !== undefined
        ? Date.parse(iso) - now
        : wait !== undefined
          ? duration(wait)
          : undefined;
  return ms === undefined || Number.isNaN(ms) || ms <= 0 || ms > LONGEST_MS ? undefined : Math.ceil(ms);
}

function duration(text: string): number {
  let ms = 0;
  for (const [, count = "", unit = ""] of text.matchAll(PART)) {
    const short =
      unit.toLowerCase().startsWith("ms") || unit.toLowerCase().startsWith("mil") ? "ms" : unit.charAt(0).toLowerCase();
    ms += Number(count) * (UNITS[short] ?? 0);
  }
  return ms;
}
