import { programOfCli } from "../domain/agent-cli.js";
import { AGENT_CLIS, type AgentCliName } from "../domain/command.js";
import { ADAPTERS } from "./adapters/adapters.js";
import { findProgramProblem } from "./program.js";

/** The agent CLIs whose programs can be started from the PATH of an environment, in the order of `AGENT_CLIS`. */
export async function installedClis(env: NodeJS.ProcessEnv): Promise<AgentCliName[]> {
  const found = await Promise.all(
    AGENT_CLIS.map(async (name) => {
      const program = { file: programOfCli(name), cwd: process.cwd(), env: { PATH: env["PATH"] ?? "" } };
      return (await findProgramProblem(program)) === null ? [name] : [];
    }),
  );
  return found.flat();
}

/** The first that can be held to less than everything, as the roles are that come with mjagent; `auto` when none can. */
export const firstHeld = (clis: readonly AgentCliName[]): AgentCliName | "auto" =>
  clis.find((name) => ADAPTERS[name].lacks?.permissions?.includes("edit") !== true) ?? "auto";
