import { dirname } from "node:path";
import { AGENT_FOLDERS } from "../../domain/agent-format.js";
import { MjError } from "../../errors.js";
import { type ImportedAgent, importProject, importSources } from "../../operations/import-agents.js";
import { shownPath } from "../../operations/shown-path.js";
import type { CommandContext } from "../context.js";
import { importLines } from "../import-view.js";
import type { Output } from "../output.js";

/** `mjagent agents import`: roles out of the agent files of other programs. */
export async function run({ args, out, agentsDir }: CommandContext): Promise<undefined> {
  const folder = await agentsDir();
  const project = dirname(folder);
  const agents = args.length > 0 ? await importSources(folder, args) : await importProject(folder, project);
  if (agents.length === 0) {
    throw new MjError("not_found", `no agents to import in ${project}`, {
      why: `looked in ${AGENT_FOLDERS.map(({ folder }) => folder).join(", ")}`,
      hint: "name a file or a folder: mjagent agents import ~/.claude/agents",
    });
  }
  showImported(agents, out);
  const [wrong] = agents.filter((agent) => agent.error !== null);
  if (wrong?.error) {
    throw new MjError(wrong.error, `cannot import ${wrong.source}`, {
      why: wrong.left ?? undefined,
      hint: wrong.error === "conflict" ? "edit the role that is there, or remove it first" : undefined,
    });
  }
}

function showImported(agents: readonly ImportedAgent[], out: Output): void {
  const imported = agents.filter((agent) => agent.left === null);
  out.item(agents, {
    text: (all, style) => importLines(all, style).join("\n"),
    ...(imported.length > 0 && { id: () => imported.map(({ name }) => name).join("\n") }),
  });
  const [first] = imported;
  if (first === undefined) return;
  const commented = [...new Set(imported.flatMap((agent) => agent.commented))];
  if (commented.length > 0) out.note(`kept as comments: ${commented.join(", ")}`);
  const file = imported.length === 1 ? (first.file ?? "") : shownPath(dirname(first.file ?? ""));
  out.note(`next: look at match in ${file}, then mjagent run --agent ${first.name ?? ""}`);
}
