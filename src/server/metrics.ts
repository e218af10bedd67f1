import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { AgentStatus } from "../domain/message.js";
import { STATUSES } from "../domain/task.js";
import type { TaskRow } from "../domain/task-row.js";
import type { LiveView } from "../operations/live-view.js";
import type { Coordinator } from "./api.js";
import type { LiveFeed } from "./live/feed.js";

/** Figures for Prometheus. Durations are in seconds. */
export interface Metrics extends Disposable {
  read: () => Promise<{ text: string; type: string }>;
}

const AGENT_STATES: readonly (AgentStatus | "lost")[] = ["idle", "active", "busy", "offline", "lost"];
/** From what a token takes to be pulled to the time limit of a long task. */
const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];

/** What is there is counted when it is asked for; what happens, as it happens, since this process started. */
export function startMetrics({ session, view, isLeading }: Coordinator, feed: LiveFeed): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, collect: (gauge: Gauge) => void, labelNames: string[] = []) =>
    new Gauge({
      ...{ name: `mjagent_${name}`, help, labelNames, registers: [registry] },
      collect() {
        collect(this);
      },
    });
  gauge("tasks", "Tasks by status and role", (tasks) => countTasks(tasks, view), ["status", "role"]);
  gauge(
    "agents",
    "Agents by state",
    (agents) => {
      for (const state of AGENT_STATES) agents.set({ state }, 0);
      for (const { lost, status } of view.agents()) agents.inc({ state: lost ? "lost" : status });
    },
    ["state"],
  );
  gauge("queue_oldest_age_seconds", "How long the oldest task that could be taken waits; 0: none does", (age) => {
    const { oldest_at } = view.overview().queue;
    age.set(oldest_at === null ? 0 : Math.max(0, Date.parse(session.now()) - Date.parse(oldest_at)) / 1_000);
  });
  gauge("dispatcher_leading", "1: the dispatcher works in this process", (leading) => leading.set(isLeading() ? 1 : 0));
  gauge("dispatcher_led", "1: some process leads", (led) => led.set(view.overview().leader === null ? 0 : 1));
  gauge("nats_connected", "1: NATS is reachable", (connected) => connected.set(view.connection.connected ? 1 : 0));
  gauge("live_clients", "WebSockets that are open", (clients) => clients.set(feed.clients));
  new Counter({
    name: "mjagent_live_resyncs_total",
    help: "Times a WebSocket was too slow and got everything anew",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(feed.resyncs);
    },
  });
  const reconnects = new Counter({
    name: "mjagent_nats_reconnects_total",
    help: "Times the connection to NATS came back",
    registers: [registry],
  });
  const offReconnect = session.onReconnect(() => reconnects.inc());
  const offView = observe(view, registry);
  return {
    read: async () => ({ text: await registry.metrics(), type: registry.contentType }),
    [Symbol.dispose]() {
      offReconnect();
      offView();
    },
  };
}

function countTasks(tasks: Gauge, view: LiveView): void {
  const counts = new Map<string, number>();
  for (const { status, role } of view.rows()) {
    const key = `${status} ${role ?? ""}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  tasks.reset();
  for (const status of STATUSES) tasks.set({ status, role: "" }, 0);
  for (const [key, count] of counts) {
    const [status = "", role = ""] = key.split(" ");
    tasks.set({ status, role }, count);
  }
}

/** Observes each claim and each end of an attempt once. Of tasks, only those that run are remembered. */
function observe(view: LiveView, registry: Registry): () => void {
  const histogram = (name: string, help: string, buckets: number[], labelNames: string[]) =>
    new Histogram({ name: `mjagent_${name}`, help, buckets, labelNames, registers: [registry] });
  const claims = histogram("claim_latency_seconds", "How long tasks could be taken before they were", SECONDS, [
    "role",
  ]);
  const runs = histogram("run_seconds", "How long attempts took", SECONDS, ["role", "status"]);
  const attempts = histogram("attempts", "Attempts of tasks that ended", [1, 2, 3, 5, 10, 100], ["status"]);
  const running = new Map<string, string | null>();
  const take = (task: TaskRow): void => {
    const { task_id, status, started_at, updated_at, wait_ms, duration_ms, role } = task;
    if (status === "in_progress") {
      const isNew = !running.has(task_id) || running.get(task_id) !== started_at;
      running.set(task_id, started_at);
      if (isNew && wait_ms !== null) claims.observe({ role: role ?? "" }, wait_ms / 1_000);
      return;
    }
    const since = running.get(task_id);
    if (since === undefined) return;
    running.delete(task_id);
    const took = duration_ms ?? (since === null ? null : Date.parse(updated_at) - Date.parse(since));
    if (took !== null) runs.observe({ role: role ?? "", status }, took / 1_000);
    if (status === "completed" || status === "failed") attempts.observe({ status }, task.attempts);
  };
  for (const { status, task_id, started_at } of view.rows())
    if (status === "in_progress") running.set(task_id, started_at);
  return view.subscribe((change) => {
    if (change.type === "task") take(change.task);
    else if (change.type === "task_removed") running.delete(change.task_id);
  });
}
