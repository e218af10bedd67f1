import { constants } from "node:fs";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accountVariables } from "../domain/agent-cli.js";
import type { AgentCommand } from "../domain/command.js";
import { errnoOf, MjError } from "../errors.js";

interface WrittenFile {
  file: string;
  /** It was there before, and was left as it is. */
  existed: boolean;
}

type Adapter = AgentCommand["adapter"];

const AGENTS = new URL("../../agents/", import.meta.url);
/** Which adapter the shipped files are written for. */
const WRITTEN_FOR = "claude";

/** The roles that come with mjagent: those every new project gets, and those one asks for. */
export async function shippedRoles(): Promise<{ examples: string[]; more: string[] }> {
  const [examples, more] = await Promise.all([AGENTS, new URL("more/", AGENTS)].map(namesIn));
  if (!examples || examples.length === 0)
    throw new MjError("failure", "mjagent's own agents folder is missing", { why: AGENTS.pathname });
  return { examples, more: more ?? [] };
}

async function namesIn(folder: URL): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.flatMap((file) => /^(.*)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/**
 * Puts a shipped role into a project, with the memory it begins with. Nothing is overwritten.
 * @param adapter what the role is to run with
 */
export async function writeShippedRole(
  agentsDir: string,
  name: string,
  adapter: Adapter,
): Promise<[role: WrittenFile, ...memory: WrittenFile[]]> {
  const folder = (await shippedRoles()).examples.includes(name) ? AGENTS : new URL("more/", AGENTS);
  const yaml = forAdapter(await readFile(new URL(`${name}.yaml`, folder), "utf8"), adapter);
  await mkdir(agentsDir, { recursive: true });
  const role = join(agentsDir, `${name}.yaml`);
  const written: WrittenFile = { file: role, existed: await existed(writeFile(role, yaml, { flag: "wx" })) };
  const memory = /^memory: (.+)$/m.exec(yaml)?.[1];
  // A role that was there keeps the memory it has, or has none.
  if (memory === undefined || written.existed) return [written];
  const file = join(agentsDir, memory);
  return [written, { file, existed: await existed(copyFile(new URL(memory, folder), file, constants.COPYFILE_EXCL)) }];
}

async function existed(writing: Promise<void>): Promise<boolean> {
  try {
    await writing;
    return false;
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    return true;
  }
}

/** The text of a shipped role for another adapter: comments and layout stay. */
function forAdapter(yaml: string, adapter: Adapter): string {
  if (adapter === WRITTEN_FOR) return yaml;
  const own = new Set(accountVariables(WRITTEN_FOR));
  return yaml
    .replace(`\n  adapter: ${WRITTEN_FOR}\n`, `\n  adapter: ${adapter}\n`)
    .replace(/^ {2}allow:\s*\[([^\]]*)\]$/m, (_, names: string) => {
      const others = names.split(/[\s,]+/).filter((name) => name !== "" && !own.has(name));
      return `  allow: [${[...accountVariables(adapter), ...others].join(", ")}]`;
    });
}
