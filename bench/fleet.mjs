/**
 * A fleet that is only told of, as a process of its own: `fork("bench/fleet.mjs", [url, seed])`. It stores tasks and the
 * beats of agents, says "ready", and from then on publishes, claims and ends tasks, until its parent goes. The same seed
 * makes the same fleet; only the times differ.
 */
import { transition } from "../dist/domain/lifecycle.js";
import { registrationOf, Role } from "../dist/domain/role.js";
import { NewTask } from "../dist/domain/task.js";
import { connectNats } from "../dist/nats/connect.js";
import { announceRecord } from "../dist/nats/feed.js";
import { registerRole, sendBeat } from "../dist/nats/registry.js";
import { openSession, publishJson } from "../dist/nats/session.js";
import { publishTasks } from "../dist/operations/publish.js";
import { resultOf, storeRecords, TYPES } from "./records.mjs";

export const WORKSPACE = { id: "FLEET", prefix: "fleet" };
export const TASKS = 10_000;
export const AGENTS = 1_000;
const BEAT_MS = 30_000;
/** Each task that goes through is 8 events: published, claimed and ended are 3 records and 3 messages, and 2 beats. */
const THROUGH_A_SECOND = 21;
export const EVENTS_A_SECOND = Math.round(THROUGH_A_SECOND * 8 + AGENTS / (BEAT_MS / 1_000));
const RUNNING = 400;
const ANSWER_MS = 5_000;

/** mulberry32: numbers in [0, 1). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Agent {
  #seq = 0;
  #last = Promise.resolve();

  constructor(session, n) {
    this.session = session;
    this.id = `Agent-${n}`;
    this.role = `role-${n % TYPES.length}`;
    this.task = null;
    const started_at = new Date().toISOString();
    this.who = { agent_id: this.id, role: this.role, description: "", started_at, host: "bench", pid: 1_000 + n };
    this.claim = { owner: this.id, instance_id: `instance-${n}` };
  }

  /** One after the other: each is a compare-and-set on the one before. */
  beat() {
    const { task, claim } = this;
    const { instance_id } = claim;
    const current = task === null ? [] : [task.task_id];
    const beat = {
      ...{ ...this.who, instance_id, version: "0.1.0", lease_ms: 3 * BEAT_MS, slots: 1, account: null },
      ...{ status: task === null ? "idle" : "busy", current_task: current[0] ?? null, current_tasks: current },
      timestamp: new Date().toISOString(),
    };
    this.#last = this.#last.then(async () => (this.#seq = await sendBeat(this.session, beat, this.#seq, ANSWER_MS)));
    return this.#last;
  }
}

class Fleet {
  #number = TASKS;

  constructor(session, seed) {
    this.session = session;
    this.random = randomFrom(seed);
    this.agents = Array.from({ length: AGENTS }, (_, n) => new Agent(session, n));
    this.idle = [...this.agents];
    this.busy = [];
  }

  async prepare() {
    const { session } = this;
    for (const [n, type] of TYPES.entries()) {
      const command = { adapter: "command", run: ["true"] };
      await registerRole(session, registrationOf(Role.parse({ name: `role-${n}`, match: { types: [type] }, command })));
    }
    this.available = await storeRecords(session, TASKS, AGENTS);
    await Promise.all(this.agents.map((agent) => agent.beat()));
  }

  /** One task is published, one is claimed, and one ends. */
  async step() {
    const n = this.#number++;
    const task = NewTask.parse({ title: `task ${n}`, type: TYPES[n % 3], tags: ["web"], created_by: "kim" });
    const publishing = publishTasks(this.session, [task]).then(([made]) => this.available.push(made.record));
    await Promise.all([publishing, this.#claim(), this.busy.length < RUNNING ? null : this.#end(n)]);
  }

  async #claim() {
    const [record] = this.available.splice(Math.floor(this.random() * this.available.length), 1);
    const [agent] = this.idle.splice(Math.floor(this.random() * this.idle.length), 1);
    this.busy.push(agent);
    const { role, claim } = agent;
    agent.task = transition(record, { type: "claimed", ...claim, role, max_attempts: 1 }, new Date().toISOString());
    await this.#tell(agent, "claimed", agent.task);
  }

  async #end(n) {
    const agent = this.busy.shift();
    const { epoch } = agent.task;
    const fence = { ...agent.claim, epoch };
    const usage = { input_tokens: 1_000, output_tokens: 50, cost_usd: 0.01 };
    const completed = { type: "completed", fence, result: resultOf(n, usage), handoff: [] };
    const why = { reason: "exit", message: `exit code 1: no such file /srv/${n}.html`, retryable: false };
    const failed = { type: "attempt_failed", fence, ...why, delay_ms: 0, result: null };
    const event = this.random() < 0.05 ? failed : completed;
    const record = transition(agent.task, event, new Date().toISOString());
    agent.task = null;
    this.idle.push(agent);
    await this.#tell(agent, event === failed ? "failed" : "completed", record);
  }

  async #tell(agent, name, record) {
    const by = { agent_id: agent.id, attempt: record.attempts };
    await publishJson(this.session, this.session.names.tasks.subject(record.task_id), record);
    await Promise.all([announceRecord(this.session, name, record, by), agent.beat()]);
  }
}

/** Calls back so often, whether the call before has ended or not; what is late is made up for. */
function often(perSecond, work) {
  const from = performance.now();
  let done = 0;
  setInterval(() => {
    for (const due = ((performance.now() - from) / 1_000) * perSecond; done < due; done++) void work(done);
  }, 5);
}

async function live(url, seed) {
  const nc = await connectNats({ servers: [url] }, { name: "fleet", timeoutMs: ANSWER_MS });
  const fleet = new Fleet(await openSession(nc, WORKSPACE), seed);
  await fleet.prepare();
  often(THROUGH_A_SECOND, () => fleet.step());
  often(AGENTS / (BEAT_MS / 1_000), (n) => fleet.agents[n % AGENTS].beat());
  process.on("disconnect", () => process.exit());
  process.send("ready");
}

const [, main, url, seed] = process.argv;
if (main === import.meta.filename) await live(url, Number(seed));
