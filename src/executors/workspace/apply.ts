import type { Role } from "../../domain/role.js";
import type { Executor } from "../executor.js";
import type { ProgramProblem } from "../program.js";
import { findRepository } from "./repository.js";
import { tempExecutor } from "./temp.js";
import { worktreeExecutor } from "./worktree-executor.js";

/** An executor that works where its role says. @param cwd the folder the role names, absolute */
export function inWorkspace(inner: Executor, { workspace, scope }: Role, cwd: string): Executor {
  switch (workspace.kind) {
    case "cwd":
      return inner;
    case "temp":
      return tempExecutor(inner);
    case "worktree":
      return worktreeExecutor(inner, { cwd, settings: workspace, scope });
  }
}

/** Why this host cannot give a role its workspace; null when nothing speaks against it. */
export async function findWorkspaceProblem({ workspace }: Role, cwd: string): Promise<ProgramProblem | null> {
  if (workspace.kind !== "worktree") return null;
  const repository = await findRepository(cwd);
  return "what" in repository ? repository : null;
}
