import { readdir, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { errnoOf } from "./errors.js";
import { identify, isRunning, type ProcessIdentity } from "./process-identity.js";

/**
 * The process that writes a journal in the state folder. The journal's name says it, so that it is known before there is
 * a line to read, and whatever becomes of the lines.
 */
export interface JournalOwner extends ProcessIdentity {
  /** Linux: the pid namespace its number belongs to; "" elsewhere. */
  namespace: string;
  host: string;
}

/**
 * What became of an owner: `alive`; `dead`, though what it started may live; `vanished` with everything it started; or
 * `elsewhere`, where nobody here can look: on another host that shares the folder, or behind a container's wall.
 */
export type OwnerFate = "alive" | "dead" | "vanished" | "elsewhere";

/** The first pid namespace of a boot (PROC_PID_INIT_INO of the kernel): the machine's own, not a container's. */
const MACHINE_NAMESPACE = "4026531836";
const LEFT = /^left\.[^.]+\.jsonl$/;
const OWNED = /^(\d+)\.([^.]*)\.([^.]*)\.([^.]+)\.(.+)\.jsonl$/;

let self: Promise<JournalOwner> | undefined;

/** This process as the owner of its journals. */
export const thisOwner = (): Promise<JournalOwner> => (self ??= readSelf());

async function readSelf(): Promise<JournalOwner> {
  const identity = (await identify(process.pid)) ?? { pid: process.pid, started: null };
  const link = await readlink("/proc/self/ns/pid").catch(() => "");
  return { ...identity, namespace: /\d+/.exec(link)?.[0] ?? "", host: hostname() };
}

/** @param id tells it from other journals of its owner; without dots */
export const journalName = ({ pid, started, namespace, host }: JournalOwner, id: string): string =>
  `${pid}.${encodeURIComponent(started ?? "")}.${namespace}.${id}.${encodeURIComponent(host)}.jsonl`;

/** Whether a file is named as the journals here are. */
export const isJournal = (name: string): boolean => LEFT.test(name) || OWNED.test(name);

/** Whose a journal is, for people. */
export function ownerText(name: string): string {
  const [, pid, , , , host = ""] = OWNED.exec(name) ?? [];
  return pid === undefined ? "nobody" : `process ${pid} on ${decode(host)}`;
}

/** The name of a journal that its owner is done with: anybody may have it. */
export const leftJournalName = (id: string): string => `left.${id}.jsonl`;

/** The journals of a folder that nobody writes any more. Those of owners that cannot be looked at are not among them. */
export async function abandonedJournals(dir: string): Promise<{ name: string; id: string; fate: OwnerFate }[]> {
  const names = await readdir(dir).catch((error: unknown): string[] => {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  });
  const found = await Promise.all(
    names.map(async (name) => {
      if (LEFT.test(name)) return [{ name, id: name.split(".")[1] ?? "", fate: "vanished" as const }];
      const [, pid, started = "", namespace = "", id = "", host = ""] = OWNED.exec(name) ?? [];
      if (pid === undefined) return [];
      const owner = { pid: Number(pid), started: decode(started) || null, namespace, host: decode(host) };
      return [{ name, id, fate: await fateOf(owner) }];
    }),
  );
  return found.flat().filter(({ fate }) => fate === "dead" || fate === "vanished");
}

/** @param here from where it is looked at: this process */
export async function fateOf(owner: JournalOwner, here?: JournalOwner): Promise<OwnerFate> {
  const { started, namespace, host } = here ?? (await thisOwner());
  const boot = bootOf(owner);
  // One boot is one kernel, whatever its host is called by now.
  const sameBoot = boot === bootOf({ started }) && (boot !== "" || owner.host === host);
  if (!sameBoot) return owner.host === host ? "vanished" : "elsewhere";
  if (owner.namespace !== namespace) {
    // A container that was started again has a new namespace and its old name. From within a container nothing can be
    // said of the machine's processes, nor by the machine of numbers that mean something in a container only.
    const restarted = owner.host === host && ![owner.namespace, namespace].includes(MACHINE_NAMESPACE);
    return restarted ? "vanished" : "elsewhere";
  }
  return (await isRunning(owner)) ? "alive" : "dead";
}

const bootOf = ({ started }: Pick<JournalOwner, "started">): string =>
  /^([0-9a-f-]+):\d+$/.exec(started ?? "")?.[1] ?? "";

/** What no journal of ours is called is nobody's. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
