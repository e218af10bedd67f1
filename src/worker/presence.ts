import { hostname } from "node:os";
import { type AgentEventName, type Beat, statusOf } from "../domain/message.js";
import { answer, type ControlReply, type ControlRequest } from "../nats/control.js";
import { announceAgent } from "../nats/feed.js";
import type { Session } from "../nats/session.js";
import { messageOf } from "../errors.js";
import { VERSION } from "../version.js";
import type { EventListener } from "./events.js";
import { Heartbeat } from "./heartbeat.js";
import { register } from "./registration.js";

export interface PresenceOptions {
  wantedId: string;
  role: string;
  description: string;
  instanceId: string;
  heartbeatMs: number;
  leaseMs: number;
  slots: number;
  account: string | null;
  running: () => string[];
  isDraining: () => boolean;
  /** After each accepted beat, and after each reconnect. */
  onBeat: () => void;
  /** The id went to another process; afterwards the agent has another id, unless registering fails. */
  onIdentityLost: () => void;
  onControl: (request: ControlRequest) => Promise<ControlReply>;
  onGone: () => void;
  emit: EventListener;
}

/** An agent's being there: its id, its heartbeat, and its ear on the control subject. */
export class Presence {
  /** Settles when the agent has an id to claim under: later while a lost one is replaced; rejects when it cannot be. */
  ready: Promise<void> = Promise.resolve();
  /** Resolves when its last beat is sent. */
  readonly left: Promise<void>;
  #onLeft = (): void => undefined;
  #id: string;
  #offline = false;
  #heartbeat: Heartbeat | undefined;
  #listening = new AbortController();
  readonly #startedAt: string;

  constructor(
    private readonly session: Session,
    private readonly options: PresenceOptions,
  ) {
    this.#id = options.wantedId;
    this.#startedAt = session.now();
    this.left = new Promise((resolve) => (this.#onLeft = resolve));
  }

  get id(): string {
    return this.#id;
  }

  /** Takes an id with a first beat, and goes on beating. */
  async register(): Promise<void> {
    const { session, options } = this;
    const { agentId, seq, listening } = await register(
      session,
      options.wantedId,
      (id) => this.#beat(id),
      (id) => this.#listen(id),
    );
    this.#id = agentId;
    this.#listening = listening;
    this.#heartbeat = new Heartbeat(session, {
      agentId,
      seq,
      everyMs: options.heartbeatMs,
      beat: () => this.#beat(this.#id),
      onBeat: options.onBeat,
      onIdentityLost: (error) => {
        this.ready = this.#again(error.message);
        this.ready.catch(() => undefined);
      },
    });
    this.#tell("agent_online", "is online").catch((error: unknown) =>
      options.emit({ type: "notice", message: `${agentId} is online, but not announced: ${messageOf(error)}` }),
    );
    options.emit({ type: "registered", agent_id: agentId, role: options.role, wanted_id: options.wantedId });
  }

  /** What runs changed: others should see it soon. */
  changed(): void {
    this.#heartbeat?.changed();
  }

  /** Beats now, besides the regular beats. */
  async beatNow(): Promise<void> {
    await this.#heartbeat?.now();
  }

  /** The last beat says goodbye. */
  async goOffline(): Promise<void> {
    // Whoever asks second may close the connection next: not before the last beat is out.
    if (this.#offline) return this.left;
    this.#offline = true;
    this.#listening.abort();
    const told = this.#heartbeat && this.session.isConnected() && this.#tell("agent_offline", "has ended");
    await Promise.allSettled([this.#heartbeat?.stop(), told]);
    this.options.emit({ type: "offline", agent_id: this.#id });
    this.#onLeft();
  }

  async #again(message: string): Promise<void> {
    const { options } = this;
    options.emit({ type: "identity_lost", agent_id: this.#id, message });
    this.#listening.abort();
    options.onIdentityLost();
    if (this.#offline) return;
    try {
      await this.register();
    } catch (error) {
      options.emit({ type: "notice", message: `${this.#id} could not register again: ${messageOf(error)}` });
      options.onGone();
      throw error;
    }
  }

  #tell(type: AgentEventName, message: string): Promise<void> {
    return announceAgent(this.session, type, this.#beat(this.#id), `${this.#id} ${message}`);
  }

  #listen(agentId: string): AbortController {
    const listening = new AbortController();
    answer(this.session, this.session.names.agentControl(agentId), listening.signal, this.options.onControl);
    return listening;
  }

  #beat(agentId: string): Beat {
    const { role, description, instanceId, leaseMs, slots, account, running, isDraining } = this.options;
    const tasks = running();
    return {
      agent_id: agentId,
      role,
      description,
      status: this.#offline ? "offline" : statusOf(tasks.length, slots),
      current_task: tasks[0] ?? null,
      current_tasks: tasks,
      timestamp: this.session.now(),
      instance_id: instanceId,
      host: hostname(),
      pid: process.pid,
      version: VERSION,
      started_at: this.#startedAt,
      lease_ms: leaseMs,
      slots,
      account,
      ...(isDraining() && !this.#offline && { draining: true }),
    };
  }
}
