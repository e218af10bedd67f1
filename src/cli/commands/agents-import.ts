import { basename, relative } from "node:path";
import { importAgent } from "../../operations/role-files.js";
import type { CommandContext } from "../context.js";

export async function run({ args, out, agentsDir }: CommandContext): Promise<undefined> {
  const imported = await importAgent(await agentsDir(), args[0] ?? "");
  const file = relative(process.cwd(), imported.file);
  const name = basename(file, ".yaml");
  out.item(
    { name, file, commented: imported.commented },
    { id: (role) => role.name, text: (role) => `created ${role.file}` },
  );
  if (imported.commented.length > 0) out.note(`kept as comments: ${imported.commented.join(", ")}`);
  out.note(`next: look at match in ${file}, then mjagent run --agent ${name}`);
}
