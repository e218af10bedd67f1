import { z } from "zod";
import { Quota } from "../domain/quota.js";
import { EVERYTHING, noRules, Pause, RunningSlot, WorkspaceRules, type WorkspaceState } from "../domain/settings.js";
import { OPERATION_HEADER, readKey, writeKey } from "./bucket.js";
import type { Session } from "./session.js";
import { tail } from "./tail.js";

const RULES = "rules";
const SLOTS = "slots";
/** One key a pause: `pause.<role>`, and `pause.*` could be no key of a bucket, so everything has a word of its own. */
const PAUSE = "pause.";
const PAUSE_ALL = "pause_everything";
/** One key an account: `quota.<account>`. */
const QUOTA = "quota.";

const Slots = z.object({ slots: z.array(RunningSlot) });

const MAX_TRIES = 50;

const keyOfPause = (role: string): string => (role === EVERYTHING ? PAUSE_ALL : `${PAUSE}${role}`);

/** Holds a role, or `EVERYTHING`, back. */
export async function writePause(session: Session, role: string, pause: Pause): Promise<void> {
  await writeKey(session, session.names.settings, keyOfPause(role), pause);
}

/** Takes a pause back; null is what a key says that holds nothing back any more. */
export async function removePause(session: Session, role: string): Promise<void> {
  await writeKey(session, session.names.settings, keyOfPause(role), null);
}

/**
 * Changes what is known of an account's quota by compare-and-set, until nobody else writes in between.
 * @param change makes the new quota of the current one: null, when the account is accepted again; `undefined` leaves it
 * @returns whether it was changed
 */
export async function changeQuota(
  session: Session,
  account: string,
  change: (quota: Quota | undefined) => Quota | null | undefined,
): Promise<boolean> {
  const { settings } = session.names;
  const key = `${QUOTA}${account}`;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { value, revision } = await readKey(session, settings, key);
    const before = Quota.safeParse(value).data;
    const after = change(before);
    if (after === undefined || after === before) return false;
    if ((await writeKey(session, settings, key, after, revision)) !== null) return true;
  }
  return false;
}

/** Changes those rules that are given. Writes only what changed. */
export async function writeRules(session: Session, rules: Partial<WorkspaceRules>): Promise<void> {
  const { settings } = session.names;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { value, revision } = await readKey(session, settings, RULES);
    const known = rulesOf(value);
    const wanted = { ...known, ...rules };
    if (JSON.stringify(wanted) === JSON.stringify(known)) return;
    if ((await writeKey(session, settings, RULES, wanted, revision)) !== null) return;
  }
}

/**
 * Changes the slots by compare-and-set, until nobody else writes in between.
 * @param change makes the new slots of the current ones; null leaves them as they are
 * @returns the slots as they are now, or null when `change` did
 */
export async function changeSlots(
  session: Session,
  change: (slots: readonly RunningSlot[]) => RunningSlot[] | null,
): Promise<RunningSlot[] | null> {
  const { settings } = session.names;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { value, revision } = await readKey(session, settings, SLOTS);
    const before = slotsOf(value);
    const after = change(before);
    if (after === null) return null;
    if (JSON.stringify(after) === JSON.stringify(before)) return before;
    if ((await writeKey(session, settings, SLOTS, { slots: after }, revision)) !== null) return after;
  }
  return null;
}

/** Rules that are not readable hold nobody back, and let nothing be removed: that could not be taken back. */
const rulesOf = (value: unknown): WorkspaceRules => {
  if (value === undefined) return noRules();
  const parsed = WorkspaceRules.safeParse(value);
  return parsed.success ? parsed.data : { ...noRules(), retention_ms: null };
};

const slotsOf = (value: unknown): RunningSlot[] => {
  const parsed = Slots.safeParse(value);
  return parsed.success ? parsed.data.slots : [];
};

/** Follows what holds for the workspace: calls back once all of it is known, then after every change. */
export function watchSettings(
  session: Session,
  watcher: { onState: (state: WorkspaceState) => void; signal: AbortSignal },
): void {
  const { settings } = session.names;
  const pauses = new Map<string, Pause>();
  const quotas = new Map<string, Quota>();
  let rules = noRules();
  let slots: RunningSlot[] = [];
  let caughtUp = false;
  const tell = (): void => {
    if (caughtUp) watcher.onState({ rules, pauses: new Map(pauses), slots, quotas: new Map(quotas) });
  };
  tail(session, {
    stream: settings.stream,
    filter: settings.subject(">"),
    start: "last",
    signal: watcher.signal,
    onReset: () => {
      pauses.clear();
      quotas.clear();
      rules = noRules();
      slots = [];
    },
    onCaughtUp: () => {
      caughtUp = true;
      tell();
    },
    onMessage: (message) => {
      const key = settings.keyOf(message.subject);
      const value = message.headers?.get(OPERATION_HEADER) ? undefined : (message.json() ?? null);
      if (key === RULES) rules = rulesOf(value);
      else if (key === SLOTS) slots = slotsOf(value);
      else if (key.startsWith(QUOTA)) {
        const quota = Quota.safeParse(value);
        if (quota.success) quotas.set(key.slice(QUOTA.length), quota.data);
        else quotas.delete(key.slice(QUOTA.length));
      } else {
        const role = key === PAUSE_ALL ? EVERYTHING : key.slice(PAUSE.length);
        const pause = Pause.safeParse(value);
        if (pause.success) pauses.set(role, pause.data);
        else pauses.delete(role);
      }
      tell();
    },
  });
}

/** What holds for the workspace now. */
export async function currentSettings(session: Session): Promise<WorkspaceState> {
  const done = new AbortController();
  try {
    return await new Promise<WorkspaceState>((onState) => watchSettings(session, { signal: done.signal, onState }));
  } finally {
    done.abort();
  }
}
