import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "nats";
import { setTimeout as sleep } from "node:timers/promises";
import { MjError } from "../errors.js";
import type { Names } from "./names.js";
import { checkReplication } from "./replication.js";
import { whileStarting } from "./starting.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LOG_BYTES = 512 * 1024 * 1024;
/** The leader's key lives this long without being renewed (DESIGN §2). */
export const LEADER_TTL_MS = 15_000;
/** How long it is known what attempts have used: a year, and the month in which it is looked at. */
const USAGE_KEPT_MS = 400 * DAY;

const MADE_LOOKS = 10;
const MADE_LOOK_MS = 50;

const STREAM_NOT_FOUND = 10059;
const STREAM_NAME_IN_USE = 10058;
const SUBJECTS_OVERLAP = 10065;

type Wanted = Partial<StreamConfig> & Pick<StreamConfig, "name" | "subjects">;

/** What each stream must be (DESIGN §2). */
function wantedStreams(names: Names, replicas = 1): Wanted[] {
  const base = { storage: StorageType.File, num_replicas: replicas, allow_direct: true } as const;
  const bucket = (b: { stream: string; subject: (key: string) => string }, ttlMs = 0): Wanted => ({
    ...base,
    name: b.stream,
    subjects: [b.subject(">")],
    retention: RetentionPolicy.Limits,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: true,
    deny_delete: true,
    max_age: nanos(ttlMs),
    // The server's own is two minutes, and must not be longer than messages are kept.
    ...(ttlMs > 0 && ttlMs < 2 * MINUTE ? { duplicate_window: nanos(ttlMs) } : {}),
  });
  return [
    {
      ...base,
      name: names.work.stream,
      subjects: [names.work.subjects],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: nanos(7 * DAY),
      allow_rollup_hdrs: true,
    },
    {
      ...base,
      name: names.queue.stream,
      subjects: [names.queue.subjects],
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: 1,
    },
    {
      ...base,
      name: names.logs.stream,
      subjects: [names.logs.subjects],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: nanos(7 * DAY),
      max_bytes: LOG_BYTES,
    },
    // Of a task that was removed for good nothing stays: a marker for each would be there for ever.
    { ...bucket(names.tasks), deny_delete: false },
    bucket(names.roles),
    bucket(names.settings),
    bucket(names.control, LEADER_TTL_MS),
    bucket(names.usage, USAGE_KEPT_MS),
    {
      ...base,
      name: names.artifacts.stream,
      subjects: [`$O.${names.artifacts.name}.C.>`, `$O.${names.artifacts.name}.M.>`],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.New,
      allow_rollup_hdrs: true,
    },
  ];
}

/** Settings a guarantee rests on: a stream that differs here is refused. */
const REQUIRED = ["subjects", "retention", "storage", "max_msgs_per_subject", "allow_rollup_hdrs"] as const;
/** Settings somebody may well have chosen: what the server has is kept, and said. */
const ADOPTED = ["max_age", "max_bytes", "max_msgs", "discard"] as const;

/** Absent settings as the server reports them. */
const DEFAULTS: Partial<Record<string, unknown>> = {
  max_msgs_per_subject: -1,
  max_bytes: -1,
  max_msgs: -1,
  max_age: 0,
  allow_rollup_hdrs: false,
};

interface Difference {
  setting: string;
  wanted: unknown;
  actual: unknown;
}

/** Which of `settings` differ between two stream configurations. */
function differences(wanted: Wanted, actual: StreamConfig, settings: readonly (keyof StreamConfig)[]): Difference[] {
  return settings.flatMap((setting) => {
    const want = wanted[setting] ?? DEFAULTS[setting];
    const have = actual[setting] ?? DEFAULTS[setting];
    return JSON.stringify(want) === JSON.stringify(have) ? [] : [{ setting, wanted: want, actual: have }];
  });
}

const list = (found: Difference[]): string =>
  found.map((d) => `${d.setting} is ${JSON.stringify(d.actual)}, not ${JSON.stringify(d.wanted)}`).join("; ");

/** What the server is to be asked for, and what it is. */
export interface Replication {
  /** Copies of each stream; undefined: as many as there are, one of what is made. */
  replicas: number | undefined;
  /** The version of the server. */
  version: string;
}

/**
 * Makes the streams and buckets of a workspace where they are missing and checks those that are there.
 * @throws MjError conflict: a stream differs in a setting that a guarantee rests on, or its subjects are taken; failure:
 * the server cannot keep that many copies, or cannot be trusted with them
 */
export async function ensureTopology(
  jsm: JetStreamManager,
  names: Names,
  { replicas, version }: Replication,
  onNotice: (message: string) => void,
): Promise<void> {
  if (replicas !== undefined) checkReplication(version, replicas, `workspace.replicas is ${replicas}`);
  const streams = wantedStreams(names, replicas);
  const found = await Promise.all(streams.map((wanted) => ensureStream(jsm, wanted, onNotice)));
  for (const config of found) {
    const { name, num_replicas: copies } = config;
    if (replicas === undefined) checkReplication(version, copies, `stream ${name} has ${copies} copies`);
    else if (copies !== replicas) await replicate(jsm, config, replicas, onNotice);
  }
}

/** One after the other: a cluster that copies all of them at once has little time for anything else. */
async function replicate(
  jsm: JetStreamManager,
  config: StreamConfig,
  replicas: number,
  onNotice: (message: string) => void,
): Promise<void> {
  try {
    await whileStarting(() => jsm.streams.update(config.name, { num_replicas: replicas }));
  } catch (error) {
    if (error instanceof JetStreamApiError) throw cannotMake(config.name, replicas, error);
    throw error;
  }
  onNotice(`stream ${config.name}: ${replicas} replicas now, ${config.num_replicas} before`);
}

async function ensureStream(
  jsm: JetStreamManager,
  wanted: Wanted,
  onNotice: (message: string) => void,
): Promise<StreamConfig> {
  const actual = (await streamConfig(jsm, wanted.name)) ?? (await addStream(jsm, wanted));
  const refused = differences(wanted, actual, REQUIRED);
  if (refused.length > 0) {
    throw new MjError("conflict", `stream ${wanted.name} exists with settings mjagent cannot work with`, {
      why: list(refused),
      hint: "use another workspace (--workspace NAME), or remove that stream if nobody needs it",
    });
  }
  const adopted = differences(wanted, actual, ADOPTED);
  if (adopted.length > 0) onNotice(`stream ${wanted.name}: ${list(adopted)}; kept as it is`);
  return actual;
}

async function streamConfig(jsm: JetStreamManager, name: string): Promise<StreamConfig | null> {
  try {
    return (await whileStarting(() => jsm.streams.info(name))).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return null;
    throw error;
  }
}

/**
 * The stream as another process made it between our look and our try. While it is being made, servers refuse a second
 * try as an overlap of subjects with it, and do not show it yet.
 */
async function madeMeanwhile(jsm: JetStreamManager, name: string): Promise<StreamConfig | null> {
  for (let looks = 1; ; looks++) {
    const config = await streamConfig(jsm, name);
    if (config || looks === MADE_LOOKS) return config;
    await sleep(MADE_LOOK_MS);
  }
}

async function addStream(jsm: JetStreamManager, wanted: Wanted): Promise<StreamConfig> {
  try {
    return (await whileStarting(() => jsm.streams.add(wanted))).config;
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    if (error.code === STREAM_NAME_IN_USE || error.code === SUBJECTS_OVERLAP) {
      const config = await madeMeanwhile(jsm, wanted.name);
      if (config) return config;
    }
    if (error.code === SUBJECTS_OVERLAP) {
      throw new MjError("conflict", `another stream already captures ${wanted.subjects.join(", ")}`, {
        why: "two streams of a NATS account must not share subjects",
        hint: "use another prefix (--prefix NAME)",
        cause: error,
      });
    }
    throw cannotMake(wanted.name, wanted.num_replicas ?? 1, error);
  }
}

const cannotMake = (name: string, replicas: number, error: JetStreamApiError): MjError =>
  replicas > 1
    ? new MjError("failure", `the server cannot keep ${replicas} copies of stream ${name}`, {
        why: error.message,
        hint: `workspace.replicas: ${replicas} needs a JetStream cluster of at least ${replicas} servers that are up`,
        retryable: true,
        cause: error,
      })
    : new MjError("failure", `the server refused to make stream ${name}`, {
        why: error.message,
        hint: "check the JetStream limits of the server and of this account",
        cause: error,
      });

/** Removes everything of a workspace from the server. */
export async function deleteWorkspace(jsm: JetStreamManager, names: Names): Promise<void> {
  await Promise.all(wantedStreams(names).map(({ name }) => jsm.streams.delete(name)));
}
