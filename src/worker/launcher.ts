import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Candidate } from "../dispatcher/candidate.js";
import { type AgentDefinition, registrationOf, type RoleRegistration } from "../domain/role.js";
import type { Executor } from "../executors/executor.js";
import { onStatus } from "../nats/connect.js";
import { Notices } from "../nats/notices.js";
import type { Session } from "../nats/session.js";
import { stateDir } from "../paths.js";
import { Admission } from "./admission.js";
import { Agent } from "./agent.js";
import { type EventListener, safeListener } from "./events.js";
import { Outbox } from "./outbox.js";
import { Recovery } from "./recovery.js";

/** How many beats may be missed before an agent counts as lost. */
const LEASE_BEATS = 3;
const HEARTBEAT_MS = 30_000;

export interface LauncherOptions {
  agents: { role: AgentDefinition; executor: Executor; id?: string; account?: string | null }[];
  /** Between two beats; default 30 s. */
  heartbeatMs?: number;
  /** Default: 3 beats. */
  leaseMs?: number;
  /** Slots of every agent; default: what its role says. */
  concurrency?: number;
  /** Each agent claims this many tasks and ends; default: no limit. */
  limit?: number;
  onEvent?: EventListener;
}

/** One process' worth of agents on one connection, taking part in the election of the dispatcher. */
export class Launcher implements AsyncDisposable {
  private constructor(
    readonly instanceId: string,
    readonly agents: readonly Agent[],
    private readonly candidate: Candidate,
    private readonly outbox: Outbox,
    private readonly admission: Admission,
    private readonly recovery: Recovery,
  ) {}

  static async start(session: Session, options: LauncherOptions): Promise<Launcher> {
    const instanceId = randomUUID();
    const heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
    const leaseMs = options.leaseMs ?? heartbeatMs * LEASE_BEATS;
    const emit = safeListener(options.onEvent);
    const { limit } = options;
    const outbox = await Outbox.open(
      join(stateDir(), "outbox", `${session.workspace.id}-${session.storeId}`),
      instanceId,
    );
    const notices = new Notices(session, (message) => emit({ type: "notice", message }));
    const candidate = new Candidate(session, {
      instanceId,
      leaseMs,
      onLeading: () => emit({ type: "leading", instance_id: instanceId }),
      notices,
    });
    onStatus(session.nc, ({ type }) => {
      if (type === "disconnected") emit({ type: "notice", message: `connection lost; running work goes on` });
      if (type === "reconnected") emit({ type: "notice", message: `connected again to ${session.nc.getServer()}` });
    });
    const recovery = new Recovery(session, outbox, emit);
    const admission = new Admission(session, notices.say);
    const agents: Agent[] = [];
    const launcher = new Launcher(instanceId, agents, candidate, outbox, admission, recovery);
    try {
      for (const { role, executor, id, account = null } of options.agents) {
        const slots = options.concurrency ?? role.concurrency;
        const of = {
          role,
          executor,
          account,
          instanceId,
          heartbeatMs,
          leaseMs,
          slots,
          outbox,
          admission,
          emit,
          notices,
        };
        agents.push(
          await Agent.start(session, { ...of, ...(id !== undefined && { id }), ...(limit !== undefined && { limit }) }),
        );
      }
    } catch (error) {
      await launcher.stop();
      throw error;
    }
    return launcher;
  }

  /** The roles of its agents that take work. */
  get roles(): RoleRegistration[] {
    return this.agents.filter(({ draining }) => !draining.aborted).map(({ role }) => registrationOf(role));
  }

  get leading(): boolean {
    return this.candidate.leading;
  }

  /** Ids of the tasks that run here now. */
  get running(): string[] {
    return this.agents.flatMap((agent) => agent.running);
  }

  /** True when nothing runs here and everything that ended was announced. */
  get idle(): boolean {
    return this.agents.every((agent) => agent.idle);
  }

  /** Resolves when every agent has left, each having been drained by whomever. */
  async left(): Promise<void> {
    await Promise.all(this.agents.map(({ left }) => left));
  }

  /** No new claims; resolves when running work has finished and every agent is offline. */
  async drain(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.drain()));
    await this.#close();
  }

  /** Ends running commands, hands their tasks back, and goes offline. */
  async stop(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.stop()));
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #close(): Promise<void> {
    this.admission[Symbol.dispose]();
    await this.candidate[Symbol.asyncDispose]();
    await this.recovery[Symbol.asyncDispose]();
    await this.outbox.close();
  }
}
