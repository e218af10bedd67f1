import { type InitResult, initProject } from "../../operations/init.js";
import type { CommandContext } from "../context.js";
import { importLines } from "../import-view.js";
import { filled } from "../text.js";

/** `mjagent init`: sets the current folder up. */
export async function run({ out }: CommandContext): Promise<undefined> {
  const result = await initProject(process.cwd());
  out.item(result, {
    text: ({ created, kept, imported }, style) =>
      [
        ...created.map((file) => `${style.green("created ")} ${file}`),
        ...importLines(imported, style),
        ...kept.map((file) => `${style.dim("kept    ")} ${file}`),
      ].join("\n"),
  });
  for (const line of remarks(result)) out.note(line);
}

function remarks({ clis, adapter, git, not_runnable }: InitResult): string[] {
  const [first] = clis;
  const lines = [
    first === undefined
      ? "no agent program is on the PATH: install one first, such as Claude Code\n  (npm install -g @anthropic-ai/claude-code), Codex, Gemini CLI or opencode"
      : `agent programs here: ${clis.join(", ")}; the roles that were created run with ${adapter}`,
  ];
  if (!git) lines.push("no git repository here: what an agent changes cannot be taken back; git init makes one");
  if (first === undefined || not_runnable.length === 0) {
    return [...lines, "next: mjagent agents list, then mjagent server start, then mjagent run --all"];
  }
  const names = not_runnable.map(({ name, adapter }) => `${name} (${adapter})`);
  return [
    ...lines,
    "these cannot run here, as their program is not on the PATH:",
    ...filled(names, ", ", 76).map((line) => `  ${line}`),
    "next: mjagent agents list, then mjagent server start, then mjagent run --agent NAME",
  ];
}
