import type { Lane } from "../domain/lanes.js";
import type { TaskEventName } from "../domain/message.js";

/** A workspace: every name on the server derives from it, so two of them never mix. */
export interface Workspace {
  /** Begins the name of every stream and bucket. */
  id: string;
  /** Begins every subject. */
  prefix: string;
  /** Copies of every stream in a cluster; default: what the server has, one for what is made. */
  replicas?: number;
}

/** All names of a workspace (DESIGN §2): the one place they are made. */
export function namesOf({ id, prefix }: Workspace) {
  const bucket = (name: string) => ({
    name: `${id}_${name}`,
    stream: `KV_${id}_${name}`,
    subject: (key: string) => `$KV.${id}_${name}.${key}`,
    keyOf: (subject: string) => subject.slice(`$KV.${id}_${name}.`.length),
  });
  return {
    work: { stream: `${id}_WORK`, subjects: `${prefix}.>` },
    queue: { stream: `${id}_QUEUE`, subjects: `${prefix}_queue.>` },
    logs: { stream: `${id}_LOGS`, subjects: `${prefix}_logs.*` },
    artifacts: { name: `${id}_ARTIFACTS`, stream: `OBJ_${id}_ARTIFACTS` },
    tasks: bucket("TASKS"),
    roles: bucket("ROLES"),
    control: bucket("CONTROL"),
    settings: bucket("SETTINGS"),
    usage: bucket("USAGE"),

    available: `${prefix}.tasks.available`,
    event: (name: TaskEventName) => `${prefix}.tasks.${name}`,
    events: `${prefix}.tasks.*`,
    heartbeat: (agentId: string) => `${prefix}.heartbeat.${agentId}`,
    heartbeats: `${prefix}.heartbeat.*`,
    channel: (name: string) => `${prefix}.${name}`,
    channelOf: (subject: string) => subject.slice(prefix.length + 1),

    token: (role: string, lane: Lane, taskId: string) => `${prefix}_queue.${role}.${lane}.${taskId}`,
    lane: (role: string, lane: Lane) => ({
      consumer: `${role}_${lane}`,
      filter: `${prefix}_queue.${role}.${lane}.*`,
    }),
    log: (taskId: string) => `${prefix}_logs.${taskId}`,

    intakeConsumer: "intake",
    watchConsumer: (role: string, event: TaskEventName) => `watch_${role}_${event}`,

    /** Core NATS, in no stream: a stream that captured it would answer a request with its own ack. */
    agentControl: (agentId: string) => `${prefix}_control.${agentId}`,
    leaderControl: (instanceId: string) => `${prefix}_control._leader.${instanceId}`,
  };
}

export type Names = ReturnType<typeof namesOf>;
