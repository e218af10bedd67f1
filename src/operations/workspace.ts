import { holdsBack, type Quota } from "../domain/quota.js";
import { EVERYTHING, pausesOf, type RolePause, type WorkspaceRules } from "../domain/settings.js";
import { MjError } from "../errors.js";
import type { Session } from "../nats/session.js";
import { changeQuota, currentSettings, removePause, writePause, writeRules } from "../nats/workspace-settings.js";
import { currentRouting } from "./snapshot.js";

/** Makes the rules a configuration names those of the workspace; what it does not name stays as it is. */
export async function setRules(session: Session, rules: Partial<WorkspaceRules>): Promise<void> {
  if (Object.keys(rules).length > 0) await writeRules(session, rules);
}

/** The rules of the workspace, and the accounts that providers refuse for now. */
export async function readRules(session: Session): Promise<{ rules: WorkspaceRules; refused: Quota[] }> {
  const { rules, quotas } = await currentSettings(session);
  const now = Date.parse(session.now());
  return { rules, refused: [...quotas.values()].filter((quota) => holdsBack(quota, now)) };
}

/**
 * Holds roles back, or everything when none is named: running work goes on, nothing new is claimed. A pause that is
 * there already stays as it is.
 * @throws MjError not_found for a role that has never run here
 */
export async function pause(
  session: Session,
  roles: readonly string[],
  by: string,
  reason: string | null,
): Promise<RolePause[]> {
  await checkRoles(session, roles);
  const { pauses } = await currentSettings(session);
  const paused: RolePause[] = [];
  for (const key of roles.length === 0 ? [EVERYTHING] : roles) {
    const held = pauses.get(key) ?? { by, reason, at: session.now() };
    if (!pauses.has(key)) await writePause(session, key, held);
    paused.push({ role: key === EVERYTHING ? null : key, ...held });
  }
  return paused;
}

/** What `resume` came to: the pauses it took back, and those that still hold. */
export interface Resumed {
  resumed: RolePause[];
  held: RolePause[];
}

/**
 * Takes pauses back: those of the named roles, or all there are.
 * @throws MjError not_found for a role that has never run here and is not paused
 */
export async function resume(session: Session, roles: readonly string[]): Promise<Resumed> {
  const all = pausesOf(await currentSettings(session));
  const names = all.map(({ role }) => role);
  await checkRoles(
    session,
    roles.filter((role) => !names.includes(role)),
  );
  const isMeant = ({ role }: RolePause): boolean => roles.length === 0 || (role !== null && roles.includes(role));
  const resumed = all.filter(isMeant);
  for (const { role } of resumed) await removePause(session, role ?? EVERYTHING);
  return { resumed, held: all.filter((pause) => !isMeant(pause)) };
}

/**
 * Lets agents claim with an account that its provider refused, before the time that it named.
 * @throws MjError not_found when nothing holds the account back
 */
export async function resumeAccount(session: Session, account: string): Promise<void> {
  if (await changeQuota(session, account, (quota) => (quota ? null : undefined))) return;
  const known = [...(await currentSettings(session)).quotas.keys()].sort();
  throw new MjError("not_found", `nothing holds the account ${account} back`, {
    why: known.length === 0 ? "no provider refuses any account now" : `held back: ${known.join(", ")}`,
    hint: "mjagent status shows what is held back",
  });
}

async function checkRoles(session: Session, wanted: readonly string[]): Promise<void> {
  if (wanted.length === 0) return;
  const known = (await currentRouting(session)).roles.map(({ name }) => name);
  const missing = wanted.filter((name) => !known.includes(name));
  if (missing.length === 0) return;
  throw new MjError("not_found", `there is no role ${missing.join(", ")} here`, {
    why: known.length === 0 ? "no agent has run in this workspace yet" : `known: ${known.sort().join(", ")}`,
    hint: "a role is known once an agent of it has run: mjagent run --agent NAME",
  });
}
