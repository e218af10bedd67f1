import { budgetedOf } from "../domain/budget.js";
import type { RoleRegistration } from "../domain/role.js";
import { agentState, type Snapshot, takeSnapshot } from "../domain/snapshot.js";
import type { Routing } from "../domain/takers.js";
import type { TaskRecord } from "../domain/task.js";
import { currentLeader } from "../nats/leadership.js";
import { standingsNow } from "../nats/ledger-view.js";
import { readBeats, watchRoles } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { currentSettings } from "../nats/workspace-settings.js";
import { followFleet, LOOK_AGAIN_MS } from "./follow-fleet.js";

/** Changes closer together than this make one redraw. */
const SETTLE_MS = 100;

/** The state of the workspace now. */
export async function snapshot(session: Session): Promise<Snapshot> {
  const done = new AbortController();
  try {
    return await new Promise<Snapshot>((resolve, reject) => {
      followSnapshots(session, done.signal, (now) => void now().then(resolve, reject));
    });
  } finally {
    done.abort();
  }
}

/** What decides where tasks go now; no task is read. */
export async function currentRouting(session: Session): Promise<Routing> {
  const roles = new Map<string, RoleRegistration>();
  const done = new AbortController();
  const { signal } = done;
  try {
    const known = new Promise<void>((onCaughtUp) => {
      watchRoles(session, {
        signal,
        onCaughtUp,
        onRole: (name, role) => {
          if (role) roles.set(name, role);
        },
      });
    });
    const read = [currentLeader(session), currentSettings(session), readBeats(session), known] as const;
    const [{ leader }, settings, beats] = await Promise.all(read);
    const now = Date.parse(session.now());
    const agents = beats.map(({ beat, time }) => agentState(beat, time, now));
    const budgets = await standingsNow(session, budgetedOf(settings.rules.budget, [...roles.values()]));
    return { roles: [...roles.values()], agents, settings: { ...settings, budgets }, led: leader !== null, now };
  } finally {
    done.abort();
  }
}

/**
 * Follows the workspace: calls back once everything is known, then after every change (several at once make one
 * call), until the signal aborts.
 */
export function followSnapshots(
  session: Session,
  signal: AbortSignal,
  onChange: (now: () => Promise<Snapshot>) => void,
): void {
  const tasks = new Map<string, TaskRecord>();
  let known = false;
  let timer: NodeJS.Timeout | undefined;
  const now = async (): Promise<Snapshot> => {
    const { leader } = await currentLeader(session);
    return takeSnapshot({
      workspace: session.workspace.id,
      now: Date.parse(session.now()),
      leader,
      beats: [...fleet.beats.values()],
      tasks: [...tasks.values()],
      roles: [...fleet.roles.values()],
      paused: fleet.paused,
      quotas: fleet.quotas,
      budgets: fleet.budgets(),
    });
  };
  const changed = (): void => {
    if (!known) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      onChange(now);
    }, SETTLE_MS);
  };
  const fleet = followFleet(session, signal, {
    onTask: (record) => {
      tasks.set(record.task_id, record);
      changed();
    },
    onTaskRemoved: (id) => {
      tasks.delete(id);
      changed();
    },
    onReset: (source) => {
      if (source === "tasks") tasks.clear();
      known = false;
    },
    onChange: changed,
    onKnown: () => {
      known = true;
      onChange(now);
    },
  });
  const again = setInterval(changed, LOOK_AGAIN_MS);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(again);
      clearTimeout(timer);
    },
    { once: true },
  );
}
