import { sizeText } from "./artifact.js";
import { broken, type Check, doubtful, fine } from "./check.js";
import { someOf } from "./dependencies.js";

/** What `package.json` asks for. */
const OLDEST_NODE = [20, 19] as const;
const LITTLE_BYTES = 1024 ** 3;
const NO_BYTES = 64 * 1024 ** 2;

/** @param version as Node tells it, such as `v20.19.0` */
export function nodeCheck(version: string): Check {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const [oldest, patch] = OLDEST_NODE;
  const isEnough = Number(major) > oldest || (Number(major) === oldest && Number(minor) >= patch);
  if (isEnough) return fine("node", `Node ${version}`);
  return broken("node", `Node ${version}`, {
    why: `mjagent needs ${OLDEST_NODE.join(".")} or newer`,
    hint: "install a newer Node: https://nodejs.org",
  });
}

/** The folder in which results wait while NATS is away. */
export interface StateFacts {
  /** As it is to be called. */
  folder: string;
  writable: boolean;
  /** Bytes; null: not known. */
  free: number | null;
}

export function stateCheck({ folder, writable, free }: StateFacts): Check {
  const id = "state";
  if (!writable) {
    return broken(id, `${folder} cannot be written to`, {
      why: "results are kept there until NATS has taken them",
      hint: "make it yours and writable, or name another with XDG_STATE_HOME",
    });
  }
  const what = free === null ? `${folder} can be written to` : `${sizeText(free)} free for ${folder}`;
  if (free === null || free >= LITTLE_BYTES) return fine(id, what);
  const more = { why: "results are kept there until NATS has taken them", hint: "make room on that disk" };
  return free < NO_BYTES ? broken(id, what, more) : doubtful(id, what, more);
}

/** What is told of an agent on this host. */
export interface ProgramFacts {
  name: string;
  adapter: string;
  login_hint: string | null;
  warnings: readonly string[];
  problem: string | null;
}

/** Whether the roles of this folder can run here. */
export function programsCheck(agents: readonly ProgramFacts[]): Check {
  const id = "programs";
  const names = (some: readonly ProgramFacts[]): string => someOf(some.map(({ name }) => name));
  const unable = agents.filter(({ problem }) => problem !== null);
  const [first] = unable;
  const hint = "mjagent agents check shows what each needs";
  if (first) {
    return broken(id, `cannot run on this host: ${names(unable)}`, {
      why: `${first.name}: ${first.problem ?? ""}`,
      hint,
    });
  }
  const loggedOut = agents.filter(({ login_hint }) => login_hint !== null);
  if (loggedOut.length > 0) {
    const why = `${loggedOut[0]?.name ?? ""}: ${loggedOut[0]?.login_hint ?? ""}`;
    return doubtful(id, `no login found for: ${names(loggedOut)}`, { why, hint });
  }
  const warned = agents.filter(({ warnings }) => warnings.length > 0);
  if (warned.length > 0) {
    const why = `${warned[0]?.name ?? ""}: ${warned[0]?.warnings[0] ?? ""}`;
    return doubtful(id, `with a warning: ${names(warned)}`, { why, hint });
  }
  const adapters = [...new Set(agents.map(({ adapter }) => adapter))].sort();
  return fine(id, `all can run on this host (${adapters.join(", ")})`);
}
