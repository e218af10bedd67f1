import { headers } from "nats";
import { type Lane, LANES, nextPicks } from "../domain/lanes.js";
import { isTaskRecord } from "../domain/stored-record.js";
import { ensureLaneConsumers } from "./consumers.js";
import { type Pulled, PullSource } from "./pull.js";
import { decodeJson } from "./json.js";
import type { Session } from "./session.js";
import { removeSettledTokens } from "./settled-tokens.js";
import { whileStarting } from "./starting.js";
import { type StoredTask, Unreadable } from "./task-store.js";

/** A hint that a task may be claimed. Losing or doubling one is harmless. */
export interface Token {
  task_id: string;
  /** The record when the token was made, if it was small: saves a read. */
  snapshot: StoredTask | undefined;
  /** It is dealt with: claimed, or nothing is left to claim. */
  ack(): void;
  /** It is still being dealt with: nobody else has it for another `TOKEN_ACK_WAIT_MS`. */
  hold(): void;
  /** Somebody else may have it now, or after `delayMs`. */
  release(delayMs?: number): void;
  /** It could not be dealt with: it comes again soon, unless only a new record helps, which brings its own token. */
  failed(error: unknown): void;
}

const RETRY_MS = 1_000;
const REVISION_HEADER = "Mj-Revision";
const SNAPSHOT_LIMIT = 16 * 1024;

/** Puts a token into the queue, replacing the one that is there. */
export async function sendToken(session: Session, role: string, lane: Lane, task: StoredTask): Promise<void> {
  const { publisher, names } = session;
  const body = JSON.stringify(task.record);
  const meta = headers();
  meta.set(REVISION_HEADER, String(task.revision));
  const subject = names.token(role, lane, task.record.task_id);
  await publisher.publish(subject, body.length <= SNAPSHOT_LIMIT ? body : "", { headers: meta });
}

/** The subjects of all tokens in the queue that somebody can be given. */
export async function queuedTokens(session: Session): Promise<Set<string>> {
  const { jsm, names } = session;
  const info = await jsm.streams.info(names.queue.stream, { subjects_filter: names.queue.subjects });
  const subjects = new Set(Object.keys(info.state.subjects ?? {}));
  for (const subject of await removeSettledTokens(session, subjects)) subjects.delete(subject);
  return subjects;
}

/** Pulls the tokens of one role, in the order of `laneOrder`. */
export class TokenSource {
  /** Tokens that were taken: a pull of many is as many picks. */
  #picked = 0;
  readonly #source: PullSource;

  private constructor(session: Session, role: string, ensure: () => Promise<void>) {
    const consumers = LANES.map((lane) => session.names.lane(role, lane).consumer);
    this.#source = new PullSource(session, session.names.queue.stream, consumers, ensure);
  }

  /** Makes the role's consumers where they are missing. */
  static async open(session: Session, role: string): Promise<TokenSource> {
    const ensure = () => ensureLaneConsumers(session.jsm, session.names, role);
    await whileStarting(ensure);
    return new TokenSource(session, role, ensure);
  }

  /** Waits for up to `max` tokens, at least one. @returns none when the signal aborted. */
  async pull(max: number, signal: AbortSignal): Promise<Token[]> {
    const pulled = await this.#source.pull(nextPicks(this.#picked, max), signal);
    this.#picked += pulled.length;
    return pulled.map((each) => tokenOf(each, () => this.#picked--));
  }
}

/** @param onReturn told when it goes back at once, as nothing may be claimed now: its lane must not lose its turn by that */
function tokenOf(pulled: Pulled, onReturn: () => void): Token {
  const { message } = pulled;
  const taskId = message.subject.slice(message.subject.lastIndexOf(".") + 1);
  const record = message.data.length > 0 ? decodeJson(message.data) : undefined;
  const revision = Number(message.headers?.get(REVISION_HEADER));
  const isRevision = Number.isSafeInteger(revision) && revision > 0;
  return {
    task_id: taskId,
    snapshot: isTaskRecord(record) && record.task_id === taskId && isRevision ? { record, revision } : undefined,
    ack: () => pulled.ack(),
    hold: () => pulled.working(),
    release: (delayMs = 0) => {
      if (delayMs <= 0) onReturn();
      pulled.release(delayMs);
    },
    failed: (error) => (error instanceof Unreadable ? pulled.ack() : pulled.release(RETRY_MS)),
  };
}
