import { batch, computed, signal } from "@preact/signals";
import type { ListedAgent, LiveMessage } from "../wire.js";
import { noteServerTime } from "../clock.js";
import { type Live, nothingYet, take, type TaskChange } from "./reduce.js";
import { Pace } from "./pace.js";
import { keepOpen } from "./socket.js";

/** How the page stands to the coordinator. */
export type Link = { state: "connecting" } | { state: "refused" } | { state: "open" } | { state: "lost" };

const shown = signal<Live>(nothingYet);
export const link = signal<Link>({ state: "connecting" });
/** When the newest of what is shown came, epoch ms; null before anything did. */
export const heardAt = signal<number | null>(null);

export const overview = computed(() => shown.value.overview);
const agentsById = computed(() => shown.value.agents);
export const agents = computed<readonly ListedAgent[]>(() =>
  [...agentsById.value.values()].sort((a, b) => a.agent_id.localeCompare(b.agent_id)),
);
export const events = computed(() => shown.value.events);
export const natsConnection = computed(() => shown.value.connection);
/** Whether anything can be changed now. */
export const isSteerable = computed(() => link.value.state === "open" && natsConnection.value?.connected !== false);
export const isKnown = computed(() => shown.value.overview !== null);

/** Told of changes of tasks, several at once; null: everything is to be read anew. */
type TaskListener = (changes: readonly TaskChange[] | null) => void;
const listeners = new Set<TaskListener>();

/** @returns what ends it */
export function onTasks(listener: TaskListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

let live = nothingYet;
let waiting: TaskChange[] = [];
let anew = false;
let timer: number | undefined;
const pace = new Pace();

function draw(): void {
  timer = undefined;
  pace.drawing();
  const changes = anew ? null : waiting;
  anew = false;
  waiting = [];
  batch(() => {
    shown.value = live;
    heardAt.value = Date.now();
    if (changes === null || changes.length > 0) for (const listener of listeners) listener(changes);
  });
}

function onMessage(message: LiveMessage): boolean {
  const step = take(live, message);
  if (step === "gap") {
    live = { ...live, seq: null };
    return false;
  }
  live = step.live;
  waiting.push(...step.tasks);
  anew ||= step.anew;
  if (message.type === "snapshot") noteServerTime(message.overview.taken_at);
  timer ??= window.setTimeout(draw, pace.waitMs());
  return true;
}

/** A socket does not say why it was not opened: without a login, asking again does not help. */
async function isRefused(): Promise<boolean> {
  try {
    return (await fetch("api/tasks?limit=1")).status === 401;
  } catch {
    return false;
  }
}

/** Begins to follow the fleet. To be called once. */
export function follow(): void {
  const url = new URL("api/live", document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  url.hash = "";
  keepOpen(url.href, {
    onOpen: () => void (link.value = { state: "open" }),
    onMessage,
    onLost: () => {
      if (link.value.state === "refused") return;
      link.value = { state: "lost" };
      void isRefused().then((is) => {
        if (is && link.value.state === "lost") link.value = { state: "refused" };
      });
    },
  });
}
