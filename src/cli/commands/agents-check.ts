import { EXIT_CODES } from "../../errors.js";
import { checkAgents } from "../../operations/check-agents.js";
import { loadRole, loadRoles } from "../../operations/roles.js";
import type { CommandContext } from "../context.js";
import { oneLine } from "../text.js";

/** `mjagent agents check`: whether agents can run here. Exit code 1 when one cannot. */
export async function run({ args, out, agentsDir, adapters }: CommandContext): Promise<number | undefined> {
  const folder = await agentsDir();
  const [name] = args;
  const roles = name === undefined ? await loadRoles(folder) : [await loadRole(folder, name)];
  const checks = await checkAgents(roles, await adapters());
  out.list(checks, {
    id: (check) => check.name,
    empty: "no agents",
    columns: (style) => [
      {
        title: "",
        value: ({ problem }) => (problem === null ? "ok" : "no"),
        style: (text) => (text === "ok" ? style.green(text) : style.red(text)),
      },
      { title: "NAME", value: (check) => check.name },
      { title: "RUNS", value: (check) => check.adapter },
      { title: "VERSION", value: (check) => check.version ?? "-" },
      {
        title: "LOGIN",
        value: ({ login, login_hint }) => login ?? (login_hint === null ? "-" : "none found"),
        flexible: true,
      },
    ],
  });
  if (!out.json) {
    for (const { name, problem, hint, login_hint, warnings } of checks) {
      if (problem !== null)
        out.note(`${name} cannot run here: ${oneLine(problem)}${hint === null ? "" : `\n  next: ${hint}`}`);
      else if (login_hint !== null) out.note(`${name}: no login found: ${login_hint}`);
      for (const warning of warnings) out.warn(`${name}: ${warning}`);
    }
  }
  return checks.some(({ problem }) => problem !== null) ? EXIT_CODES.failure : undefined;
}
