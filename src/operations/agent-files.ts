import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import { parse, TomlError } from "smol-toml";
import { AGENT_FOLDERS, agentFormatOf, agentNameOf } from "../domain/agent-format.js";
import type { AgentFile } from "../domain/imported-role.js";
import { errnoOf, messageOf } from "../errors.js";
import { readFrontmatter } from "./frontmatter.js";

/** Larger files are none that a person wrote for an agent. */
const MAX_BYTES = 1_048_576;

/** Whether a file's name is one that agent CLIs keep agents in. */
export const isAgentFile = (file: string): boolean => /\.(md|toml)$/i.test(file);

/** Why there is no agent in a file. */
interface Unreadable {
  refused: string;
  /** There is no file at all. */
  missing: boolean;
}

const unreadable = (refused: string, missing = false): Unreadable => ({ refused, missing });

/** Reads an agent file of any format, or says what is wrong with it. */
export async function readAgentFile(file: string): Promise<AgentFile | Unreadable> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) return unreadable("it is larger than 1 MiB");
    text = await readFile(file, "utf8");
  } catch (error) {
    const missing = errnoOf(error) === "ENOENT";
    return unreadable(missing ? "there is no such file" : `it cannot be read (${errnoOf(error) ?? ""})`, missing);
  }
  const fileName = agentNameOf(basename(file));
  const path = resolve(file).split(sep).join("/");
  if (!/\.toml$/i.test(file)) {
    const { fields, body } = readFrontmatter(text);
    return { format: agentFormatOf(path, fields), fileName, fields, body };
  }
  try {
    const fields: Record<string, unknown> = parse(text.replace(/^\uFEFF/, ""));
    const body = fields["developer_instructions"];
    return { format: agentFormatOf(path, fields), fileName, fields, body: typeof body === "string" ? body : "" };
  } catch (error) {
    const where = error instanceof TomlError ? `:${error.line}:${error.column}` : "";
    return unreadable(`it is not TOML${where}: ${messageOf(error).split("\n")[0] ?? ""}`);
  }
}

/** Whether a file found in a folder is an agent, and not a page about them. */
export const looksLikeAgent = ({ fields }: AgentFile): boolean =>
  fields["name"] !== undefined || fields["description"] !== undefined;

/** The agent files in the folders in which agent CLIs keep those of a project. Absolute, by folder and name. */
export async function findAgentFiles(project: string): Promise<string[]> {
  const found = await Promise.all(
    AGENT_FOLDERS.map(async ({ folder, file }) => await filesIn(join(resolve(project), folder), file)),
  );
  return found.flat();
}

/** The agent files of a folder: those of a project, or else those which lie in it. */
export async function agentFilesOf(folder: string): Promise<string[]> {
  const found = await findAgentFiles(folder);
  if (found.length > 0) return found;
  const files = await filesIn(resolve(folder), /\.(md|toml)$/i);
  const agents = await Promise.all(files.map(async (file) => ({ file, agent: await readAgentFile(file) })));
  // Anything may lie there, such as the pages of a manual, which have a title and a description.
  return agents.flatMap(({ file, agent }) => ("fields" in agent && agent.fields["name"] !== undefined ? [file] : []));
}

async function filesIn(folder: string, name: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => name.test(entry.name) && !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.slice(folder.length).includes(`${sep}node_modules${sep}`))
    .sort();
}
