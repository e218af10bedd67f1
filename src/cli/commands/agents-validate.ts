import { checkWorkspaces, loadRoles, validateFiles } from "../../operations/roles.js";
import type { CommandContext } from "../context.js";
import { summaryOf } from "./agents-list.js";

export async function run({ args, out, agentsDir }: CommandContext): Promise<undefined> {
  const roles = args.length > 0 ? await validateFiles(args) : await loadRoles(await agentsDir());
  await checkWorkspaces(roles);
  out.list(roles.map(summaryOf), {
    id: (role) => role.name,
    empty: "no agents",
    columns: (style) => [
      { title: "", value: () => "ok", style: (text) => style.green(text) },
      { title: "NAME", value: (role) => role.name },
      { title: "FILE", value: (role) => role.file, flexible: true },
    ],
  });
}
