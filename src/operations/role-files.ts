import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { Document, Scalar, stringify } from "yaml";
import { Role } from "../domain/role.js";
import { errnoOf, MjError } from "../errors.js";
import { readYaml } from "../yaml.js";
import { readFrontmatter } from "./frontmatter.js";

/** The lines that hand the task to a prompt which does not mention it. */
const TASK_LINES = "Your task: {{task.title}}\n\n{{task.description}}\n";

/**
 * Writes a role to begin from, with a comment at each choice.
 * @returns the file
 * @throws MjError `usage` for a name that cannot be one, `conflict` when the file exists
 */
export async function newRole(agentsDir: string, name: string): Promise<string> {
  checkName(name);
  const title = name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
  return await writeRole(agentsDir, name, template(name, title));
}

/**
 * Makes a role of a Claude-style agent file: front matter (name, description, model, …) and a Markdown body, which
 * becomes the prompt. What has no place in a role is kept as a comment.
 * @returns the file, and the keys that were kept as comments
 * @throws MjError `not_found`, `usage` when there is no prompt in the file, `conflict` when the role exists
 */
export async function importAgent(agentsDir: string, source: string): Promise<{ file: string; commented: string[] }> {
  let text: string;
  try {
    text = await readFile(source, "utf8");
  } catch (cause) {
    throw new MjError("not_found", `cannot read ${source}`, { why: errnoOf(cause), cause });
  }
  const { fields, body } = readFrontmatter(text);
  if (body.trim() === "") throw new MjError("usage", `${source} has no text that could be a prompt`);
  const { name: given, description, model, ...rest } = fields;
  const name = slug(given ?? basename(source, extname(source)));
  if (name === "") throw new MjError("usage", `${source}: "${given ?? ""}" does not make a role name`);

  const role = new Document({
    name,
    ...(given !== undefined && given !== name && { display_name: given.slice(0, 64) }),
    ...(description !== undefined && { description }),
    match: { types: [name] },
    command: { adapter: "claude", ...(model !== undefined && model !== "inherit" && { model }) },
    prompt: block(`${body.trim()}\n${/\{\{\s*task\./.test(body) ? "" : `\n${TASK_LINES}`}`),
  });
  const kept = Object.entries(rest).map(([key, value]) => ` ${stringify({ [key]: value }, { lineWidth: 0 }).trim()}`);
  role.commentBefore = [` From ${basename(source)}. Tasks of type "${name}" come here: set match as you need it.`].join(
    "\n",
  );
  if (kept.length > 0) role.comment = [" Not part of a role:", ...kept].join("\n").replace(/\n(?! )/g, "\n ");
  const yaml = role.toString({ lineWidth: 0 });
  readYaml(yaml, source, Role); // A file that we write must be one that we read.
  return { file: await writeRole(agentsDir, name, yaml), commented: Object.keys(rest) };
}

function block(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = "BLOCK_LITERAL";
  return scalar;
}

async function writeRole(agentsDir: string, name: string, yaml: string): Promise<string> {
  const file = join(agentsDir, `${name}.yaml`);
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, yaml, { flag: "wx" });
  } catch (cause) {
    if (errnoOf(cause) !== "EEXIST") throw cause;
    throw new MjError("conflict", `${file} exists already`, { hint: "edit it, or choose another name", cause });
  }
  return file;
}

function checkName(name: string): void {
  const checked = Role.shape.name.safeParse(name);
  if (checked.success) return;
  const better = slug(name);
  throw new MjError("usage", `"${name}" cannot be the name of a role`, {
    why: checked.error.issues[0]?.message,
    hint: better === "" ? undefined : `take: ${better}`,
  });
}

const slug = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{Mark}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);

const template = (name: string, title: string): string => `# A role: one agent. Check it with: mjagent agents validate
name: ${name} # the file's name
display_name: ${title.replaceAll(" ", "")} # the agent id it goes by
description: What ${title} is good at
match: # any one of these makes a task eligible
  types: [${name}] # the task's type is one of these
  phases: [] # the task's phase contains one of these
  keywords: [] # title, description or payload mentions one of these words
  tags: []
  files: [] # globs against the task's files
command:
  adapter: claude
  # model: opus
  # Or any program, as an argv; the task comes as JSON on its stdin:
  # adapter: command
  # run: ["node", "bin/work.mjs", "{{task.title}}"]
prompt: |
  You are ${title}.

  ${TASK_LINES.trimEnd().replaceAll("\n", "\n  ").replaceAll(/ +\n/g, "\n")}
concurrency: 1 # tasks at a time
timeout: 30m # for one attempt
retry: { max_attempts: 3, backoff: 30s, max_backoff: 10m }
`;
