import { initProject } from "../../operations/init.js";
import type { CommandContext } from "../context.js";

export async function run({ out }: CommandContext): Promise<undefined> {
  const result = await initProject(process.cwd());
  out.item(result, {
    text: ({ created, kept }, style) =>
      [
        ...created.map((file) => `${style.green("created")} ${file}`),
        ...kept.map((file) => `${style.dim("kept   ")} ${file}`),
      ].join("\n"),
  });
  out.note("next: mjagent agents list, then mjagent server start, then mjagent run --all");
}
