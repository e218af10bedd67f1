import { type BudgetStanding, Raise } from "../domain/budget.js";
import { UsageEntry } from "../domain/usage.js";
import { MjError } from "../errors.js";
import { OPERATION_HEADER, readKey, writeKey } from "./bucket.js";
import type { Session } from "./session.js";
import { tail, type TailMessage } from "./tail.js";

/*
 * The usage bucket: `<day>.<task>.<attempt>` what an attempt has used; `raise.<period>.<role>` by how much a budget was
 * raised; `told.<period>.<role>.…` that people were told how it stands. No role's name has the character of WORKSPACE.
 */
const WORKSPACE = "_workspace";
const RAISE = "raise";

const ATTEMPT = /^\d{4}-\d{2}-\d{2}\./;

const raiseKey = (period: string, role: string | null): string => `${RAISE}.${period}.${role ?? WORKSPACE}`;

/** Stamps differ by what two hosts' ideas of the server's time do: messages are looked for from a little before. */
const MARGIN_MS = 60_000;

const MAX_TRIES = 50;

/** Writes what an attempt has used so far. Its key has one writer, so a repeated write counts nothing twice. */
export async function writeUsage(session: Session, key: string, entry: UsageEntry): Promise<void> {
  await writeKey(session, session.names.usage, key, entry);
}

export interface LedgerReader {
  onEntry: (key: string, entry: UsageEntry) => void;
  onRaise?: (role: string | null, raise: Raise) => void;
  onCaughtUp: () => void;
  /** The bucket was made anew: what was read is void. */
  onReset?: () => void;
  signal: AbortSignal;
}

/** Follows what attempts use: what was written since a moment, then what comes. What is not readable counts nothing. */
export function watchLedger(session: Session, since: number, reader: LedgerReader): void {
  const { usage } = session.names;
  tail(session, {
    stream: usage.stream,
    filter: usage.subject(">"),
    start: { time: new Date(since - MARGIN_MS) },
    ...{ signal: reader.signal, onCaughtUp: reader.onCaughtUp },
    ...(reader.onReset && { onReset: reader.onReset }),
    onMessage: (message) => {
      const key = usage.keyOf(message.subject);
      const [first, period, role] = key.split(".");
      if (first === RAISE) {
        const raise = Raise.safeParse(message.json());
        if (!raise.success || raise.data.period !== period || role === undefined) return;
        reader.onRaise?.(role === WORKSPACE ? null : role, raise.data);
        return;
      }
      const entry = entryOf(key, message);
      if (entry) reader.onEntry(key, entry);
    },
  });
}

function entryOf(key: string, message: TailMessage): UsageEntry | null {
  if (!ATTEMPT.test(key) || message.headers?.get(OPERATION_HEADER)) return null;
  return UsageEntry.safeParse(message.json()).data ?? null;
}

/** What the attempts that began since a moment (epoch ms) have used. */
export async function readUsage(session: Session, since: number): Promise<UsageEntry[]> {
  const entries = new Map<string, UsageEntry>();
  const done = new AbortController();
  try {
    await new Promise<void>((onCaughtUp) => {
      const onEntry = (key: string, entry: UsageEntry): void => void entries.set(key, entry);
      watchLedger(session, since, { onEntry, onCaughtUp, signal: done.signal });
    });
  } finally {
    done.abort();
  }
  return [...entries.values()].filter(({ started_at }) => Date.parse(started_at) >= since);
}

/** What all attempts of one task have used. Waits for a server that is away; empty when the signal aborts. */
export async function usageOfTask(session: Session, taskId: string, signal: AbortSignal): Promise<UsageEntry[]> {
  const { usage } = session.names;
  const entries: UsageEntry[] = [];
  const done = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true, signal: done.signal });
    if (signal.aborted) resolve();
  });
  const read = new Promise<void>((onCaughtUp) => {
    tail(session, {
      stream: usage.stream,
      filter: usage.subject(`*.${taskId}.*`),
      start: "last",
      signal: done.signal,
      onCaughtUp,
      onMessage: (message) => {
        const entry = entryOf(usage.keyOf(message.subject), message);
        if (entry) entries.push(entry);
      },
    });
  });
  await Promise.race([read, aborted]);
  done.abort();
  return entries;
}

/**
 * Adds to what a budget was raised by in a period, by compare-and-set.
 * @throws MjError conflict: others raised it, again and again
 */
export async function writeRaise(session: Session, role: string | null, more: Raise): Promise<Raise> {
  const key = raiseKey(more.period, role);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { value, revision } = await readKey(session, session.names.usage, key);
    const before = Raise.safeParse(value).data;
    const raise = { ...more, usd: more.usd + (before?.usd ?? 0), tokens: more.tokens + (before?.tokens ?? 0) };
    if ((await writeKey(session, session.names.usage, key, raise, revision)) !== null) return raise;
  }
  throw new MjError("conflict", "the budget could not be raised", {
    why: "others raise it at the same time",
    hint: "look at it (mjagent budget), and try again",
    retryable: true,
  });
}

/**
 * Notes that people are told how a budget stands: once for each limit and period, whoever of the fleet sees it first.
 * @returns whether that is us
 */
export async function noteTold(session: Session, standing: BudgetStanding): Promise<boolean> {
  const { role, period, state, raise } = standing;
  const of = raise === null ? 0 : Date.parse(raise.at);
  const key = `told.${period ?? ""}.${role ?? WORKSPACE}.${state}.${of}`;
  return (await writeKey(session, session.names.usage, key, { at: session.now() }, 0)) !== null;
}
