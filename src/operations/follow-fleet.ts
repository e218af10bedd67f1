import { type Amount, type Budget, budgetedOf, type BudgetStanding } from "../domain/budget.js";
import type { Beat } from "../domain/message.js";
import type { Quota } from "../domain/quota.js";
import type { RoleRegistration } from "../domain/role.js";
import { pausesOf, type RolePause } from "../domain/settings.js";
import type { TaskRecord } from "../domain/task.js";
import { LedgerView } from "../nats/ledger-view.js";
import { watchBeats, watchRoles } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import { watchSettings } from "../nats/workspace-settings.js";

/** Silence changes nothing on the server, so a lost agent shows only when somebody looks again. */
export const LOOK_AGAIN_MS = 5_000;

type Source = "tasks" | "beats" | "roles" | "settings" | "usage";

/** What is kept of a fleet beside its tasks; it changes as it is followed. */
export interface Surroundings {
  readonly beats: ReadonlyMap<string, { beat: Beat; storedAt: Date }>;
  readonly roles: ReadonlyMap<string, RoleRegistration>;
  /** Roles that claim nothing for now; `role` null: all of them. */
  readonly paused: RolePause[];
  /** What providers refuse for now, or did before. */
  readonly quotas: Quota[];
  /** How the budgets stand. */
  budgets: () => BudgetStanding[];
  /** What the fleet has used today (UTC). */
  spentToday: () => Amount;
}

/** What following a fleet tells. */
export interface FleetWatcher {
  onTask: (record: TaskRecord, revision: number) => void;
  onTaskRemoved: (taskId: string, revision: number) => void;
  /** Something of the surroundings changed: an agent's beat with its id. */
  onChange: (source: Exclude<Source, "tasks">, agentId?: string) => void;
  /** A bucket was made anew: what was known of it is void until `onKnown` is called again. */
  onReset: (source: Source) => void;
  /** Everything that was there has been told. */
  onKnown: () => void;
}

/** Follows the tasks of a workspace and what surrounds them, until the signal aborts. */
export function followFleet(session: Session, signal: AbortSignal, watcher: FleetWatcher): Surroundings {
  const beats = new Map<string, { beat: Beat; storedAt: Date }>();
  const roles = new Map<string, RoleRegistration>();
  const ledger = new LedgerView(session);
  let budget: Budget | null = null;
  const surroundings = {
    ...{ beats, roles, paused: [] as RolePause[], quotas: [] as Quota[] },
    budgets: () => ledger.standings(budgetedOf(budget, [...roles.values()])),
    spentToday: () => ledger.spentToday(),
  };
  const missing = new Set<Source>(["tasks", "beats", "roles", "settings", "usage"]);
  const known = (source: Source) => (): void => {
    if (missing.delete(source) && missing.size === 0) watcher.onKnown();
  };
  const reset = (source: Source, forget?: () => void) => (): void => {
    missing.add(source);
    forget?.();
    watcher.onReset(source);
  };
  new TaskStore(session).watch({
    signal,
    onCaughtUp: known("tasks"),
    onReset: reset("tasks"),
    onTask: watcher.onTask,
    onRemoved: watcher.onTaskRemoved,
  });
  watchBeats(session, {
    signal,
    onCaughtUp: known("beats"),
    onReset: reset("beats", () => beats.clear()),
    onBeat: (beat, _seq, storedAt) => {
      beats.set(beat.agent_id, { beat, storedAt });
      watcher.onChange("beats", beat.agent_id);
    },
  });
  watchRoles(session, {
    signal,
    onCaughtUp: known("roles"),
    onReset: reset("roles", () => roles.clear()),
    onRole: (name, role) => {
      if (role) roles.set(name, role);
      else roles.delete(name);
      watcher.onChange("roles");
    },
  });
  watchSettings(session, {
    signal,
    onState: (state) => {
      surroundings.paused = pausesOf(state);
      surroundings.quotas = [...state.quotas.values()];
      ({ budget } = state.rules);
      if (missing.has("settings")) known("settings")();
      else watcher.onChange("settings");
    },
  });
  ledger.follow(signal, { onCaughtUp: known("usage"), onChange: () => watcher.onChange("usage") });
  return surroundings;
}
