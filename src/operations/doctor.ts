import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { broken, type Check, doubtful, fine } from "../domain/check.js";
import type { AgentCliName } from "../domain/command.js";
import { fleetChecks } from "../domain/fleet-checks.js";
import { nodeCheck, programsCheck, stateCheck } from "../domain/host-checks.js";
import { serverChecks } from "../domain/server-checks.js";
import { asMjError, errnoOf, MjError } from "../errors.js";
import { readServerFacts } from "../nats/server-facts.js";
import type { Session } from "../nats/session.js";
import { stateDir } from "../paths.js";
import { checkAgents } from "./check-agents.js";
import { loadRoles, type LoadedRole } from "./roles.js";
import { shownPath } from "./shown-path.js";
import { currentRouting } from "./snapshot.js";

/** What the server and the fleet say. What cannot be asked, as a stream has no leader, is left out. */
export async function checkWorkspace(session: Session): Promise<Check[]> {
  const facts = await readServerFacts(session);
  const checks = serverChecks(facts);
  return facts.streams.every(({ led }) => led) ? [...checks, ...fleetChecks(await currentRouting(session))] : checks;
}

/** That there is no server to ask, and why. */
export function notConnected(thrown: unknown): Check {
  const { code, message, why, hint } = asMjError(thrown);
  // A server that was reached and does not do what it must.
  const id = code === "failure" || code === "conflict" ? "jetstream" : "nats";
  return broken(id, message, { why: why ?? null, hint: hint ?? null });
}

/** What this process can tell of the host it is on. @param folder how the state folder is to be called */
export async function checkProcess(folder = shownPath(stateDir())): Promise<Check[]> {
  return [nodeCheck(process.version), stateCheck({ folder, ...(await spaceIn(stateDir())) })];
}

/** What this host and this folder have to run agents with. @param order in which `adapter: auto` looks for agent CLIs */
export async function checkAgentsFolder(
  agentsDir: string,
  order: readonly AgentCliName[] | undefined,
): Promise<Check[]> {
  let roles: LoadedRole[];
  try {
    roles = await loadRoles(agentsDir);
  } catch (error) {
    if (!(error instanceof MjError)) throw error;
    return [rolesProblem(error, shownPath(agentsDir))];
  }
  const what = `${roles.length} ${roles.length === 1 ? "role" : "roles"} in ${shownPath(agentsDir)}`;
  return [fine("roles", what), programsCheck(await checkAgents(roles, order))];
}

function rolesProblem({ code, message, why, hint }: MjError, folder: string): Check {
  // Who only looks on needs none.
  if (code === "not_found") return doubtful("roles", message, { why: why ?? null, hint: hint ?? null });
  return broken("roles", `the roles in ${folder} are not right`, { why: message, hint: hint ?? null });
}

/** Where it is, or would be made. */
async function spaceIn(folder: string): Promise<{ writable: boolean; free: number | null }> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    const parent = dirname(folder);
    if (errnoOf(error) === "ENOENT" && parent !== folder) return await spaceIn(parent);
    return { writable: false, free: null };
  }
  const { bavail, bsize } = await statfs(folder);
  return { writable: true, free: bavail * bsize };
}
