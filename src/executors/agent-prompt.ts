import type { AgentSession } from "../domain/agent-session.js";
import type { AgentCommand } from "../domain/command.js";
import { memoryText } from "../domain/memory.js";
import type { Role } from "../domain/role.js";
import type { TaskError } from "../domain/task.js";
import { renderTemplate } from "../domain/template.js";
import { scopeText } from "../domain/scope.js";
import type { Adapter } from "./adapters/adapter.js";
import type { AttemptInput, ExecutionContext } from "./executor.js";
import { templateValues } from "./values.js";

/** What an agent is asked to do: the task, the role's prompt, and what its answer must be like. */
export function agentPrompt(
  { role, command, adapter }: { role: Role; command: AgentCommand; adapter: Adapter },
  input: AttemptInput,
  { memoryFile }: Pick<ExecutionContext, "memoryFile">,
  resumed: AgentSession | null,
): string {
  const { system_prompt: system, permission } = command;
  const writable = permission === "read-only" ? undefined : memoryFile;
  const parts = [
    header(input),
    resumed === null ? "" : goOn(input.task.error),
    system !== undefined && adapter.lacks?.systemPrompt === true ? system.trim() : "",
    renderTemplate(role.prompt ?? "", templateValues(role, input)).trim(),
    role.scope === undefined ? "" : scopeText(role.scope),
    input.memory === undefined ? "" : memoryText(input.memory, writable).trim(),
    role.result_schema === undefined ? "" : schemaText(role.result_schema),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Our own first line: a prompt that starts with `/` would be a command of the CLI. */
function header({ task: { task_id, title } }: AttemptInput): string {
  return `# Task ${task_id}: ${title.replace(/\s+/g, " ")}`;
}

function goOn(error: TaskError | null): string {
  const why = error === null ? "" : ` (${error.message})`;
  return `Your work on this task was interrupted${why}. Look at what is done already, and go on from there. The task was:`;
}

function schemaText(schema: object): string {
  return `End your answer with one JSON value in a \`\`\`json block. It must be valid against this JSON Schema:\n\n${JSON.stringify(schema, null, 2)}`;
}

/** Asks once more for the JSON that an answer should have ended with. */
export const repairPrompt = (problem: string, schema: object): string =>
  `# Your answer is not complete\n\nThe JSON it should end with is not valid: ${problem}.\n\n${schemaText(schema)}\n\nAnswer with that JSON alone.\n`;
