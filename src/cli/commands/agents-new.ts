import { relative } from "node:path";
import { newRole } from "../../operations/role-files.js";
import type { CommandContext } from "../context.js";

export async function run({ args, out, agentsDir }: CommandContext): Promise<undefined> {
  const name = args[0] ?? "";
  const file = relative(process.cwd(), await newRole(await agentsDir(), name));
  out.item({ name, file }, { id: (role) => role.name, text: (role) => `created ${role.file}` });
  out.note(`next: edit it, then mjagent agents validate, then mjagent run --agent ${name}`);
}
