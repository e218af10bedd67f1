import { messageOf } from "../errors.js";
import { isUnanswered, type Session } from "./session.js";

/** A cluster whose leader died has another one well before, even on a busy machine. */
const TELL_AFTER_MS = 15_000;
/** As long as requests fail this close together, it is one and the same trouble. */
const OVER_AFTER_MS = 12_000;

/**
 * What a process that goes on has to say. Not each of a hundred requests that a server did not answer: those are told
 * once, and only when it lasts. A broken connection is told by whoever watches it.
 */
export class Notices {
  #since = Number.NEGATIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #told = false;

  constructor(
    private readonly session: Session,
    /** Tells people. */
    readonly say: (message: string) => void,
  ) {}

  /** Something could not be done and is tried again. @param what it was */
  trouble(what: string, error: unknown): void {
    const { nc } = this.session;
    if (nc.isClosed() || !this.session.isConnected()) return;
    if (!isUnanswered(error)) {
      this.say(`${what}: ${messageOf(error)}; trying again`);
      return;
    }
    const now = performance.now();
    if (now - this.#last > OVER_AFTER_MS) {
      this.#since = now;
      this.#told = false;
    }
    this.#last = now;
    if (this.#told || now - this.#since < TELL_AFTER_MS) return;
    this.#told = true;
    const seconds = Math.round((now - this.#since) / 1_000);
    this.say(`the server has not answered for ${seconds}s (${what}: ${messageOf(error)}); trying again`);
  }
}
