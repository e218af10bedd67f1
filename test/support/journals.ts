import { execFileSync } from "node:child_process";
import { type JournalOwner, thisOwner } from "../../src/journal-owner.js";

/** The pid of a process that has ended. */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ["-e", "console.log(process.pid)"], { encoding: "utf8" }));
}

/** A launcher of this machine that has ended. */
export async function deadOwner(): Promise<JournalOwner> {
  return { ...(await thisOwner()), pid: deadPid() };
}

/** A launcher whose pid, this process's by default, belongs to another process now. */
export async function recycledOwner(pid = process.pid): Promise<JournalOwner> {
  const owner = await thisOwner();
  return { ...owner, pid, started: owner.started?.replace(/\d+$/, "1") ?? null };
}

export const lines = (...entries: object[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
