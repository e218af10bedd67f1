import { Liveness } from "../domain/liveness.js";
import { answer, ask } from "../nats/control.js";
import { currentLeader, onLeaderGone, removeLeader, writeLeader } from "../nats/leadership.js";
import type { Notices } from "../nats/notices.js";
import { watchBeats } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { LEADER_TTL_MS } from "../nats/topology.js";
import { Attendance } from "./attendance.js";
import { Dispatcher } from "./dispatcher.js";
import { runIntake } from "./intake.js";

const LOOK_MS = 1_000;
const RENEW_MS = LEADER_TTL_MS / 4;
/** A leader that could not renew for this long stops, well before its key expires and another may lead. */
const STEP_DOWN_MS = (LEADER_TTL_MS * 2) / 3;
const PING_MS = 2_000;

export interface CandidateOptions {
  instanceId: string;
  /** The lease of owners that no beat was ever seen of. */
  leaseMs: number;
  onLeading: () => void;
  notices: Notices;
}

interface Lead {
  revision: number;
  since: string;
  ended: AbortController;
  dispatcher: Dispatcher;
  attendance: Attendance;
}

/**
 * Takes part in the election, and leads when elected. Every candidate follows the heartbeats all the time, so that
 * a new leader knows at once who has been silent for how long. Two leaders for a moment are harmless: all they do
 * is compare-and-set or idempotent.
 */
export class Candidate implements AsyncDisposable {
  readonly #stopped = new AbortController();
  readonly #liveness: Liveness;
  #lead: Lead | null = null;
  #timer: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;

  constructor(
    private readonly session: Session,
    private readonly options: CandidateOptions,
  ) {
    const { signal } = this.#stopped;
    this.#liveness = new Liveness(options.leaseMs);
    const restart = (): void => this.#liveness.restart(performance.now());
    let listening = false;
    watchBeats(session, {
      signal,
      onBeat: (beat, seq) => {
        if (!this.#liveness.beat(beat, seq, performance.now(), listening)) return;
        this.#lead?.dispatcher.lookAtAll();
        this.#lead?.attendance.look();
      },
      onCaughtUp: () => (listening = true),
      onBreak: restart,
    });
    const offReconnect = session.onReconnect(() => {
      restart();
      this.#lookIn(0);
    });
    signal.addEventListener("abort", offReconnect, { once: true });
    const { instanceId } = options;
    answer(session, session.names.leaderControl(instanceId), signal, () =>
      Promise.resolve({ instance_id: instanceId, stopped: false }),
    );
    onLeaderGone(session, signal, () => this.#lookIn(0));
    this.#lookIn(0);
  }

  get leading(): boolean {
    return this.#lead !== null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    // Without a server it would wait for an answer that does not come.
    if (this.session.isConnected()) await this.#looking;
    const lead = this.#lead;
    this.#stepDown();
    if (lead && this.session.isConnected()) await removeLeader(this.session, lead.revision).catch(() => undefined);
  }

  #lookIn(ms: number): void {
    if (this.#stopped.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#looking ??= this.#look()
        .catch((error: unknown) => this.options.notices.trouble("election", error))
        .finally(() => {
          this.#looking = null;
          this.#lookIn(this.#lead ? RENEW_MS : LOOK_MS * (1 + Math.random() / 2));
        });
    }, ms);
  }

  async #look(): Promise<void> {
    const { session, options } = this;
    const me = { instance_id: options.instanceId, since: this.#lead?.since ?? session.now() };
    const asked = performance.now();
    if (this.#lead) {
      const revision = await writeLeader(session, me, this.#lead.revision);
      if (revision === null) this.#stepDown();
      else {
        this.#lead.revision = revision;
        this.#leadOn(asked);
      }
      return;
    }
    // Without patience: it looks again anyway.
    const { leader, revision } = await currentLeader(session, 0);
    if (leader && leader.instance_id !== me.instance_id) {
      const reply = await ask(session, session.names.leaderControl(leader.instance_id), { do: "ping" }, PING_MS);
      // Only "nobody listens" is proof: a leader that is slow to answer keeps the lead until its key expires.
      if (reply !== "nobody") return;
    }
    const mine = await writeLeader(session, me, revision);
    if (mine !== null && !this.#stopped.signal.aborted) this.#startLeading(mine, me.since, asked);
  }

  #startLeading(revision: number, since: string, renewedAt: number): void {
    const { session, options } = this;
    const ended = new AbortController();
    const dispatcher = new Dispatcher(session, this.#liveness, ended.signal, options.notices);
    const attendance = new Attendance(session, this.#liveness, ended.signal, options.notices);
    this.#lead = { revision, since, ended, dispatcher, attendance };
    this.#leadOn(renewedAt);
    options.onLeading();
    runIntake(session, ended.signal).catch((error: unknown) => {
      if (ended.signal.aborted || session.nc.isClosed()) return;
      options.notices.trouble("intake", error);
      // Without intake there is no point in leading: let somebody else, or ourselves, begin anew.
      this.#stepDown();
    });
  }

  /** @param renewedAt when the key was asked for that is there now, of this process's clock */
  #leadOn(renewedAt: number): void {
    clearTimeout(this.#expiry);
    // Whatever it waits for meanwhile: another may lead soon.
    this.#expiry = setTimeout(() => this.#stepDown(), STEP_DOWN_MS - (performance.now() - renewedAt)).unref();
  }

  #stepDown(): void {
    clearTimeout(this.#expiry);
    this.#lead?.ended.abort();
    this.#lead = null;
  }
}
