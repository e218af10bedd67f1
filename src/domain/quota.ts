import { z } from "zod";
import { formatDuration } from "./duration.js";

/** That a provider refuses an account for now: no agent that works with it claims anything until then. */
export const Quota = z.object({
  account: z.string(),
  /** ISO; then one task is claimed to see whether the provider answers again. */
  until: z.string(),
  /** When it refused last. */
  at: z.string(),
  /** The agent that was refused. */
  by: z.string(),
  /** What the provider said. */
  message: z.string(),
  /** How often in a row it refused without saying for how long. */
  refusals: z.int().min(0),
});
export type Quota = z.output<typeof Quota>;

/** One refusal of a provider, as an attempt met it. */
export interface Refusal {
  by: string;
  message: string;
  /** When the provider may be asked again, in ms; undefined when it does not say. */
  retry_after_ms: number | undefined;
  /** When the attempt began, ISO. */
  started_at: string;
}

/** A provider that does not say when to come again is asked after this long, then after twice that, and so on. */
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** How long the one task that is claimed to see has until another may try: its answer, as a rule, opens the gate. */
const PROBE_MS = 60_000;

/** Whether a quota keeps agents from claiming. @param now epoch ms */
export const holdsBack = (quota: Quota, now: number): boolean => Date.parse(quota.until) > now;

/** Whether an attempt began after the provider refused: only such a one, answered, says that it is over. */
export const isNewer = (quota: Quota, startedAt: string): boolean => Date.parse(startedAt) > Date.parse(quota.at);

/**
 * What is known of an account after a refusal. Several tasks that run at the same time meet one limit: only an attempt
 * that began after the last refusal makes the next wait longer.
 * @param now epoch ms
 */
export function refused(known: Quota | undefined, account: string, refusal: Refusal, now: number): Quota {
  const { by, message, retry_after_ms, started_at } = refusal;
  if (known && !isNewer(known, started_at)) {
    const until = now + (retry_after_ms ?? 0);
    return until > Date.parse(known.until) ? { ...known, until: iso(until), by, message } : known;
  }
  const refusals = (known?.refusals ?? 0) + (retry_after_ms === undefined ? 1 : 0);
  const wait = retry_after_ms ?? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (refusals - 1));
  return { account, until: iso(now + wait), at: iso(now), by, message, refusals };
}

/** The quota while one task sees whether the provider answers again; null while none may. @param now epoch ms */
export const probing = (quota: Quota, now: number): Quota | null =>
  holdsBack(quota, now) ? null : { ...quota, until: iso(now + PROBE_MS) };

const iso = (ms: number): string => new Date(ms).toISOString();

/** For how long nothing is claimed, for whom, and what the provider said. Not escaped. @param now epoch ms */
export function quotaText({ until, message }: Quota, whom: string, now: number): string {
  const left = Date.parse(until) - now;
  const when = left <= 0 ? "one task sees whether it is over" : `nothing for ${formatDuration(roundedUp(left))}`;
  return `${when}${whom === "" ? "" : ` (${whom})`}: ${message}`;
}

const roundedUp = (ms: number): number => {
  const unit = ms > 60_000 ? 60_000 : 1_000;
  return Math.ceil(ms / unit) * unit;
};
